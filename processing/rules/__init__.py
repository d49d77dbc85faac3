"""Rules: rolling figures -> judgements and alerts; alerts and replies -> the life of each alert.

In: `Metrics` of one walk, the person's `Baseline`, `AlertReply`s. Out: `Judgement`s, `Alert`s that changed.
Must not know: samples, the wall clock, the broker, the store. Event time only, so the same walk gives the same alerts.
What cannot be judged (no baseline, coverage too low, not walking) raises nothing, clears nothing and says why.
"""

"""Rules: rolling figures and days -> judgements and alerts; alerts and replies -> the life and the peace of each alert.

In: `Metrics` of one walk, `DayFacts`, what statuses say of the insoles, the person's `Baseline`, `AlertReply`s.
Out: `Judgement`s, `Alert`s that changed, which of them may sound, what goes on to the clinician.
Must not know: samples, the wall clock, the broker, the store. Event time only, so the same walk gives the same alerts.
What cannot be judged (no baseline, coverage too low, not walking) raises nothing, clears nothing and says why.
"""

// The parts of the state as they come, and whether they come; an old state is never taken for the present one.
const SILENT_MS = 3000; // the server says the time every second
const LATE_MS = 5000; // what was on its way for longer is of another time
const AGAIN_MS = 1000;

// `take` has a function for each part; `connected` is called with true or false when that changes.
export function listen(where, take, connected) {
  let heard = moment();
  let is = null;
  let source = null;
  let least = Infinity; // between the clock of this page and the hub's, which need not agree

  function turn(now) {
    if (is === now) return;
    is = now;
    document.body.dataset.connection = now ? "live" : "lost";
    connected(now);
  }

  function open() {
    least = Infinity;
    source = new EventSource(where);
    source.addEventListener("clock", (event) => isLate(JSON.parse(event.data).now_ms) && again());
    for (const [name, show] of Object.entries(take)) {
      source.addEventListener(name, (event) => {
        if (event.target !== source) return;
        heard = moment();
        turn(true);
        show(JSON.parse(event.data));
      });
    }
    source.onerror = () => {
      turn(false);
      if (source.readyState === EventSource.CLOSED) refused();
    };
  }

  function isLate(hubMs) {
    const apart = performance.now() - hubMs;
    least = Math.min(least, apart);
    return apart - least > LATE_MS;
  }

  // Leaves behind what is still on its way.
  function again() {
    source.close();
    source = null;
    turn(false);
    setTimeout(open, AGAIN_MS);
  }

  // The server has refused: somebody who is signed out is led to sign in, else it is tried again.
  async function refused() {
    try {
      const page = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (page.redirected) location.assign(page.url);
    } catch {
      // no connection either: nothing to be led to
    }
    setTimeout(open, 2000);
  }

  const look = () => silentMs(heard) > SILENT_MS && turn(false);
  if (document.body.dataset.kept) turn(false); // by the browser, from before the connection was lost
  open();
  setInterval(look, 500);
  // A page that slept is looked at before anything of its timers runs.
  for (const wakes of ["visibilitychange", "resume"]) document.addEventListener(wakes, look);
  window.addEventListener("pageshow", look);
}

// One clock stands still while the machine sleeps, the other may be set meanwhile.
const moment = () => ({ running: performance.now(), told: Date.now() });
const silentMs = (since) => Math.max(performance.now() - since.running, Date.now() - since.told);

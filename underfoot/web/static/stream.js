// The parts of the state as they come, and whether they come; an old state is never taken for the present one.
const SILENT_MS = 3000; // the server says the time every second

// `take` has a function for each part; `connected` is called with true or false when that changes.
export function listen(where, take, connected) {
  let heardAt = performance.now();
  let is = null;

  function turn(now) {
    if (is === now) return;
    is = now;
    document.body.dataset.connection = now ? "live" : "lost";
    connected(now);
  }

  function open() {
    const source = new EventSource(where);
    for (const [name, show] of Object.entries(take)) {
      source.addEventListener(name, (event) => {
        heardAt = performance.now();
        turn(true);
        show(JSON.parse(event.data));
      });
    }
    source.onerror = () => {
      turn(false);
      if (source.readyState === EventSource.CLOSED) refused();
    };
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

  open();
  setInterval(() => performance.now() - heardAt > SILENT_MS && turn(false), 500);
}

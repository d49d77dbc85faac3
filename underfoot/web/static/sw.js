// Served with VERSION and SHELL in front. Keeps the shell, and one wearer's page as it was last shown; nothing else.
const SHELL_CACHE = `underfoot-shell-${VERSION}`;
const PAGE_CACHE = "underfoot-page";
const WAIT_MS = 4000;
let signings = 0;
const here = (path) => new URL(path, registration.scope).href;
const isFeet = (url) => /\/p\/[^/]+\/$/.test(url.pathname) && url.href.startsWith(registration.scope);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL_CACHE).then((cache) => cache.addAll(SHELL.map(here))).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("underfoot-shell-") && name !== SHELL_CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  const url = new URL(event.data?.keep ?? "", registration.scope);
  if (isFeet(url)) event.waitUntil(fetchPage(url.href).catch(() => undefined));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method === "POST" && /\/(sign-in|sign-out)$/.test(url.pathname)) {
    signings += 1; // a page that is on its way belongs to who was signed in before
    event.waitUntil(caches.delete(PAGE_CACHE));
  }
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (SHELL.map(here).includes(url.href)) event.respondWith(shellFile(request));
  else if (request.mode === "navigate" && isFeet(url)) event.respondWith(feetPage(request, url));
});

// The server's own first, so that a page never runs with the scripts of another version.
async function shellFile(request) {
  try {
    return await within(fetch(request));
  } catch (error) {
    const kept = await caches.match(request, { cacheName: SHELL_CACHE, ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

async function feetPage(request, url) {
  try {
    return await fetchPage(request);
  } catch (error) {
    const kept = await caches.match(url.origin + url.pathname, { cacheName: PAGE_CACHE, ignoreVary: true });
    if (kept) return said(kept);
    throw error;
  }
}

// As it was, and it says so: what it shows is of another time.
async function said(kept) {
  const { status, headers } = kept;
  return new Response((await kept.text()).replace("<body", '<body data-kept="yes"'), { status, headers });
}

// Keeps the page of one wearer, until somebody else's is shown, the server refuses it, or somebody signs out.
async function fetchPage(asked) {
  const before = signings;
  const answer = await within(fetch(asked, typeof asked === "string" ? { headers: { Accept: "text/html" } } : undefined));
  await caches.delete(PAGE_CACHE);
  if (before === signings && answer.ok && !answer.redirected && answer.type === "basic") {
    const url = new URL(answer.url);
    await (await caches.open(PAGE_CACHE)).put(url.origin + url.pathname, answer.clone());
  }
  return answer;
}

function within(promise) {
  return Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("no answer")), WAIT_MS))]);
}

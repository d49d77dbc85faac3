// Looked at by screen_kit.py inside the page under test; each answers with one line for each thing that is amiss.
(() => {
  const ACTIVE = "a[href], button, summary, input:not([type=hidden]), select, textarea";
  const seen = (el) => el.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })
    && el.getClientRects().length > 0 && !el.closest(".heard");
  const all = (what) => [...document.querySelectorAll(what)].filter(seen);
  const told = (el) => `${el.tagName.toLowerCase()}${el.id && `#${el.id}`}.${el.className?.baseVal ?? el.className} `
    + `"${(el.innerText ?? "").trim().slice(0, 30)}"`;

  function headings() {
    const levels = all("h1, h2, h3, h4, h5, h6").map((el) => Number(el.tagName[1]));
    const firsts = levels.filter((level) => level === 1).length;
    const skipped = levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1);
    return [...firsts === 1 ? [] : [`h1 × ${firsts}`], ...skipped.map((level) => `a heading of level ${level} comes too early`)];
  }

  function nameless(el) {
    const ids = (el.getAttribute("aria-labelledby") ?? "").split(" ");
    const labels = [...ids.map((id) => document.getElementById(id)), ...el.labels ?? []];
    return ![el.getAttribute("aria-label"), ...labels.map((label) => label?.textContent)].some((words) => words?.trim());
  }

  function small(el) {
    const { width, height } = el.getBoundingClientRect();
    const inSentence = getComputedStyle(el).display === "inline"
      && el.parentElement.textContent.trim() !== el.textContent.trim();
    return !inSentence && !el.disabled && !el.matches(".skip") && Math.min(width, height) < 24;
  }

  function illMade(language) {
    const wrong = headings();
    if (document.documentElement.lang !== language) wrong.push(`lang is ${document.documentElement.lang}`);
    if (!document.title.trim()) wrong.push("no title");
    const unnamed = all("input:not([type=hidden]), select, textarea, meter, progress").filter(nameless);
    wrong.push(...unnamed.map((el) => `no label: ${told(el)}`));
    const size = ({ width, height }) => `${width.toFixed()} × ${height.toFixed()} px`;
    wrong.push(...all(ACTIVE).filter(small).map((el) => `only ${size(el.getBoundingClientRect())}: ${told(el)}`));
    return wrong;
  }

  const held = (el) => el
    && (/auto|scroll|hidden|clip/.test(getComputedStyle(el).overflowX) || held(el.parentElement));

  function tooWide() {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const wide = all("body *").filter((el) => el.getBoundingClientRect().right > room + 1 && !held(el.parentElement));
    return [`${document.documentElement.scrollWidth} px wide in ${room}`, ...wide.slice(0, 6).map(told)];
  }

  const PATH = /\S*[/_]\S*/g; // breaks where it must

  function brokenWords() {
    const broken = [], range = document.createRange();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode, parent = node.parentElement;
      if (!node.data.trim() || !seen(parent) || parent.closest("svg, code, .secret, script")) continue;
      const words = node.data.replace(PATH, (path) => " ".repeat(path.length));
      for (const { 0: word, index } of words.matchAll(/[\p{L}\p{N}]{2,}/gu)) {
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        const parts = [...range.getClientRects()].filter((each) => each.width > 1);
        const lines = new Set(parts.map((each) => Math.round(each.top)));
        if (lines.size > 1) broken.push(`"${word}" is broken in ${told(parent)}`);
      }
    }
    return broken;
  }

  const ringed = (el) => {
    const style = getComputedStyle(el);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };

  function watchFocus() {
    const focus = window.focusSeen = { reached: new Map(), round: false };
    document.addEventListener("focusin", ({ target }) => {
      focus.round ||= target === focus.reached.keys().next().value;
      focus.reached.set(target, [target, target.nextElementSibling].some((el) => el && ringed(el)));
    });
    document.activeElement.blur();
  }

  function passedBy(radio) {
    const group = [...document.querySelectorAll(`input[type=radio][name="${radio.name}"]`)];
    return radio !== (group.find((each) => each.checked) ?? group[0]);
  }

  function unreached() {
    const wanted = all(`${ACTIVE}, [tabindex='0']`).filter((el) => !el.disabled && el.tabIndex >= 0)
      .filter((el) => el.type !== "radio" || !passedBy(el));
    const { reached } = window.focusSeen;
    return [
      ...wanted.filter((el) => !reached.has(el)).map((el) => `not reached by Tab: ${told(el)}`),
      ...[...reached].filter(([, ring]) => !ring).map(([el]) => `nothing shows that it has the focus: ${told(el)}`),
    ];
  }

  return { illMade, tooWide, brokenWords, watchFocus, unreached };
})()

// Keeps the pages live: regions that are asked for again, moments in words of the page's language, running clocks. Everything works without it.
"use strict";

(() => {
  const SLOWEST = 15000;

  // Moments: "5 minutes ago", renewed as time goes by.
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  const texts = document.body.dataset;
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const relative = (then) => {
    const seconds = (then - Date.now()) / 1000;
    for (const [unit, size] of UNITS) {
      if (Math.abs(seconds) >= size) return words.format(Math.round(seconds / size), unit);
    }
    return texts.justNow;
  };
  const elapsed = (then) => {
    const seconds = Math.max(0, Math.round((Date.now() - then) / 1000));
    if (seconds < 60) return filled(texts.seconds, { seconds });
    if (seconds < 3600) return filled(texts.minutes, { minutes: Math.floor(seconds / 60), seconds: seconds % 60 });
    return filled(texts.hours, { hours: Math.floor(seconds / 3600), minutes: Math.floor((seconds % 3600) / 60) });
  };
  const tell = (root) => {
    for (const element of root.querySelectorAll("time[data-relative]")) {
      const then = Date.parse(element.dateTime);
      if (!Number.isNaN(then) && Date.now() - then < 30 * 86400e3) element.textContent = relative(then);
    }
    for (const element of root.querySelectorAll("[data-since]")) {
      const then = Date.parse(element.dataset.since);
      if (!Number.isNaN(then)) element.textContent = elapsed(then);
    }
  };
  tell(document);
  setInterval(() => tell(document), 1000);

  // Live regions: the server answers 304 while nothing changed. What a reader opened or scrolled stays as it was.
  const replace = (region, html) => {
    const open = new Set([...region.querySelectorAll("details[open]")].map(keyOf));
    const known = new Set([...region.querySelectorAll("details")].map(keyOf));
    const scrolled = new Map();
    for (const element of region.querySelectorAll("[data-keep-scroll]")) {
      const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
      scrolled.set(element.dataset.keepScroll, [element.scrollLeft, element.scrollTop, atEnd]);
    }
    region.innerHTML = html;
    region.querySelectorAll("details").forEach((element) => {
      if (known.has(keyOf(element))) element.open = open.has(keyOf(element));
    });
    for (const element of region.querySelectorAll("[data-keep-scroll]")) {
      const [left, top, atEnd] = scrolled.get(element.dataset.keepScroll) || [0, 0, false];
      element.scrollLeft = left;
      element.scrollTop = atEnd && element.dataset.keepScroll === "log" ? element.scrollHeight : top;
    }
    tell(region);
  };
  const keyOf = (element) => {
    const around = element.closest("[id]");
    const siblings = [...(around || document).querySelectorAll("details")];
    return element.dataset.keep || `${around ? around.id : ""}:${siblings.indexOf(element)}`;
  };
  for (const log of document.querySelectorAll("[data-keep-scroll=log]")) log.scrollTop = log.scrollHeight;

  for (const region of document.querySelectorAll("[data-live]")) {
    const every = Number(region.dataset.every) || 2000;
    let pause = every;
    let etag = "";
    const ask = async () => {
      let done = false;
      const busy = region.contains(document.activeElement) && document.activeElement !== document.body;
      if (!document.hidden && !busy && String(getSelection()) === "") {
        try {
          const answer = await fetch(region.dataset.live, {
            headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store", credentials: "same-origin",
          });
          pause = every;
          if (answer.status === 200) {
            if (etag || region.dataset.shown !== answer.headers.get("ETag")) replace(region, await answer.text());
            etag = answer.headers.get("ETag") || "";
            done = answer.headers.get("X-Live") === "done";
          } else if (answer.status !== 304) {
            pause = Math.min(pause * 2, SLOWEST);
          }
        } catch {
          pause = Math.min(pause * 2, SLOWEST);
        }
      }
      if (!done) setTimeout(ask, pause);
    };
    setTimeout(ask, every);
  }

  // Small helps in forms.
  for (const element of document.querySelectorAll("[data-without-script]")) element.hidden = true;
  for (const select of document.querySelectorAll("select[data-submit]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }
  for (const button of document.querySelectorAll("[data-insert]")) {
    button.addEventListener("click", () => {
      const area = button.form.querySelector("textarea");
      const before = area.value && !area.value.endsWith("\n") ? "\n" : "";
      area.value += before + button.dataset.insert;
      area.focus();
    });
  }
})();

// The list of tasks follows them while some are under way. Without this the page is loaded again by hand.
const PAUSE = 2000;

setTimeout(follow, PAUSE);

async function follow() {
  const list = document.querySelector("[data-live]");
  if (list?.dataset.live !== "yes") return;
  // Nobody looks, or somebody is about to press a button: both must not be disturbed.
  if (!document.hidden && !list.contains(document.activeElement)) await renew(list);
  setTimeout(follow, PAUSE);
}

async function renew(list) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-live]");
  if (fresh) list.replaceWith(document.adoptNode(fresh));
}

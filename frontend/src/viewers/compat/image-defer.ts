// <img data-defer-src="…">: nothing is fetched before the picture comes into view.

const WAITING = "img[data-defer-src]";

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    const image = target as HTMLImageElement;
    image.src = image.dataset.deferSrc ?? "";
    image.removeAttribute("data-defer-src");
  }
});

function watch(root: ParentNode): void {
  for (const image of root.querySelectorAll(WAITING)) near.observe(image);
}

new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) {
    if (target instanceof Element && target.matches(WAITING)) near.observe(target);
    for (const node of addedNodes) if (node instanceof Element) node.matches(WAITING) ? near.observe(node) : watch(node);
  }
}).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-defer-src"] });

watch(document);

// Names of the elements, defined once however many of our scripts a page includes.

/** Defines an element unless another of our scripts has. */
export function define(elements: Readonly<Record<string, CustomElementConstructor>>): void {
  for (const [name, element] of Object.entries(elements)) if (!customElements.get(name)) customElements.define(name, element);
}

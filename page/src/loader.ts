/**
 * What a notebook is given of the page: enough to ask the kernel for the rest, so that a notebook which keeps the state
 * of its widgets stays small.
 */
import { openMessages } from "./notebook/messages";
import type { Shown } from "./notebook/model";
import type { show } from "./widget";

/** Of paths only; nobody is asked for this address. */
const BASE = new URL("http://kernel/");

async function render({ model, el, signal }: Shown): Promise<() => void> {
  // The element itself has the layout of ipywidgets, which takes away what others set.
  const place = el.ownerDocument.createElement("div");
  const resize = () => (place.style.height = `${String(model.get("height"))}px`);
  resize();
  model.on("change:height", resize);
  el.replaceChildren(place);
  const messages = openMessages(model);
  const [code, style] = await Promise.all(
    ["widget.js", "widget.css"].map(async (name) => (await messages.fetch(new URL(name, BASE), {})).text()),
  );
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const widget = (await import(/* @vite-ignore */ address)) as { readonly show: typeof show };
  URL.revokeObjectURL(address);
  const remove = await widget.show(model, place, style, BASE, messages.fetch);
  const end = () => {
    model.off("change:height", resize);
    remove();
    messages.leave();
  };
  if (signal?.aborted) end();
  return end;
}

export default { render };

/**
 * What a notebook is given of the page: enough to ask the kernel for the rest, so that a notebook which keeps the state
 * of its widgets stays small.
 */
import { openMessages } from "./notebook/messages";
import type { Shown } from "./notebook/model";

type WidgetModule = typeof import("./widget");

/** Of paths only; nobody is asked for this address. */
const BASE = new URL("http://kernel/");

async function render({ model, el, signal }: Shown): Promise<() => void> {
  el.style.height = `${String(model.get("height"))}px`;
  const messages = openMessages(model);
  const [code, style] = await Promise.all(
    ["widget.js", "widget.css"].map(async (name) => (await messages.fetch(new URL(name, BASE), {})).text()),
  );
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const widget = (await import(/* @vite-ignore */ address)) as WidgetModule;
  URL.revokeObjectURL(address);
  const remove = await widget.show(model, el, style, BASE, messages.fetch);
  const end = () => {
    remove();
    messages.leave();
  };
  if (signal?.aborted) end();
  return end;
}

export default { render };

/** What both the toolbar and the keyboard do. */
import type { App } from "../app";
import type { Dims } from "../data/source";
import { OBLIQUE, type Camera, FRONT } from "../state/camera";

/** The dimensions the shown method can be drawn in. */
export function possibleDims(app: App): readonly Dims[] {
  const { method } = app.store.get();
  return app.source.manifest.methods.find((info) => info.method === method)?.dims ?? [2, 3];
}

export function showDims(app: App, dims: Dims): void {
  if (dims === app.store.get().dims || !possibleDims(app).includes(dims)) return;
  app.store.set({ dims }); // the map turns to the new view when the points arrive
}

export function home(dims: Dims): Camera {
  return dims === 3 ? OBLIQUE : FRONT;
}

export function resetView(app: App): void {
  lookFrom(app, home(app.store.get().dims));
}

export function lookFrom(app: App, camera: Camera): void {
  app.map.setCamera(camera, true);
  app.store.set({ camera });
}

/** Show what is selected; else what was found; else everything. */
export function fit(app: App): void {
  const { selected, found } = app.store.get();
  app.map.fit(selected.length ? selected : found?.length ? found : null);
}

export async function savePng(app: App): Promise<void> {
  const { method, dims } = app.store.get();
  try {
    saveAs(await app.map.png(2), `${fileName(app)}-${method}-${dims}d.png`);
  } catch (error) {
    app.notify(app.t("toolbar.pngFailed", { why: (error as Error).message }));
  }
}

/** The title as the beginning of a file's name, without what some system does not allow there. */
export function fileName(app: App): string {
  return app.source.manifest.title.replace(/[\p{Cc}<>:"/\\|?*\s]+/gu, "-").slice(0, 80) || "tovec";
}

export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the address after this turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Actions that both the toolbar and the keyboard offer. */
import type { App } from "../app";
import type { Dims } from "../data/source";
import type { Camera } from "../state/camera";

/** The numbers of dimensions that the method offers. */
export function possibleDims(app: App): readonly Dims[] {
  const { method } = app.store.get();
  return app.source.manifest.methods.find((info) => info.method === method)?.dims ?? [2, 3];
}

export function showDims(app: App, dims: Dims): void {
  if (dims === app.store.get().dims || !possibleDims(app).includes(dims)) return;
  app.store.set({ dims }); // the map moves to the new view when the points arrive
}

export function resetView(app: App): void {
  lookFrom(app, null);
}

/** null: from where the picture opens. */
export function lookFrom(app: App, camera: Camera | null): void {
  app.map.setCamera(camera, true);
  app.store.set(app.pair?.usesFirst ? { firstCamera: camera } : { camera });
}

/** Move the view to a token, keeping direction and distance; false where the token has no place. */
export function lookAt(app: App, id: number): boolean {
  const camera = app.map.lookAt(id);
  if (camera !== null) app.store.set({ camera });
  return camera !== null;
}

/** Show all selected tokens; else all found; else all. */
export function fit(app: App): void {
  const { selected, found } = app.store.get();
  app.map.fit(selected.length ? selected : found?.length ? found : null);
}

/** The title as the start of a file name, without characters that some system forbids in one. */
export function fileName(app: App): string {
  return app.source.manifest.title.replace(/[\p{Cc}<>:"/\\|?*\s]+/gu, "-").slice(0, 80) || "tovec";
}

export function saveAs(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the URL later, so it cannot be revoked at once.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Stands in for the map where this browser cannot draw it, and says why. The rest of the page works. */
import { FRONT } from "../state/camera";
import type { MapView } from "./map";

export function noMap(why: string): MapView {
  const element = document.createElement("div");
  element.className = "no-map";
  element.textContent = why;
  const nothing = () => {};
  const setters = {
    setTokens: nothing, setImportance: nothing, setPoints: nothing, setAxes: nothing, setColors: nothing,
    setClusterLabels: nothing, setNames: nothing, setCovered: nothing,
    setMoment: nothing, setTrails: nothing, followPoints: nothing,
    setMarks: nothing, setLabels: nothing, setTool: nothing, setTheme: nothing, setCamera: nothing, fit: nothing,
  }; // prettier-ignore
  return {
    ...setters,
    element,
    viewport: element,
    lookAt: () => null,
    getCamera: () => FRONT,
    isGliding: () => false,
    pick: () => null,
    place: () => null,
    coordinates: () => new Float32Array(0),
    ways: () => new Float32Array(0),
    png: () => Promise.reject(new Error(why)),
    film: () => {
      throw new Error(why);
    },
    stats: () => ({
      drawn: 0,
      total: 0,
      frames: [],
      labels: [],
      ticks: [],
      edgeMarks: [],
      gpuBytes: 0,
      settled: true,
      pickMs: 0,
      indexMs: 0,
    }),
    settle: () => Promise.resolve(),
    destroy: () => element.remove(),
  };
}

import { afterEach, describe, expect, test, vi } from "vitest";
import { overlap } from "../../src/draw/boxes";
import { Compositor, type Content } from "../../src/draw/compositor";
import { NO_FITTING } from "../../src/draw/fitting";
import { Labels } from "../../src/draw/labels";
import { NO_MARKS } from "../../src/draw/mark-kinds";
import { createView } from "../../src/draw/view";
import { FRONT, OBLIQUE } from "../../src/state/camera";
import { finish, identity, indexOf, randomCloud, recorder, sevenWide, THEME, tokenTable } from "./helpers";

afterEach(() => void vi.unstubAllGlobals());

function canvas() {
  const { context, calls } = recorder();
  return { element: { width: 0, height: 0, getContext: () => context } as unknown as HTMLCanvasElement, calls };
}

function made(changes: Partial<Content> = {}) {
  const cloud = randomCloud(8, 3);
  const measure = sevenWide();
  const content: Content = {
    cloud,
    labels: new Labels(measure),
    measure,
    theme: THEME,
    grid: { level: -1.1, origin: [0, 0, 0], fitting: NO_FITTING, names: ["first", "second", "third"] },
    marks: NO_MARKS,
    tokens: tokenTable(Array.from({ length: 8 }, (_, id) => `t${id}`)),
    importance: identity(8),
    clusters: [],
    trails: [],
    isFollowing: false,
    outline: null,
    covered: null,
    ...changes,
  };
  const view = createView(OBLIQUE, 800, 600);
  const [grid, points, top] = [canvas(), canvas(), canvas()];
  const renderer = {
    draw: vi.fn(() => 5),
    resize: vi.fn(),
    image: vi.fn(async () => "pixels" as unknown as ImageData),
  };
  const layers = { grid: grid.element, points: points.element, top: top.element };
  const compositor = new Compositor(layers, renderer, content);
  return { compositor, content, view, grid, points, top, renderer, layers };
}

const texts = (calls: readonly { name: string; args: readonly unknown[] }[]) =>
  calls.filter(({ name }) => name === "fillText").map(({ args }) => args[0]);

test("the layers get the device pixels of the screen, and are drawn in CSS pixels", () => {
  const { compositor, layers, renderer, grid, view } = made();
  compositor.resize(801, 600, 1.5);
  for (const layer of [layers.grid, layers.top]) expect([layer.width, layer.height]).toEqual([1202, 900]);
  expect(renderer.resize).toHaveBeenCalledWith(801, 600, 1.5);
  compositor.drawGrid(view);
  expect(grid.calls[0]).toMatchObject({ name: "setTransform", args: [1.5, 0, 0, 1.5, 0, 0] });
  expect(grid.calls[1]).toMatchObject({ name: "clearRect", args: [0, 0, 800, 600] });
  expect(compositor.drawPoints(view, 7)).toBe(5);
  expect(renderer.draw).toHaveBeenCalledWith(view, 1.5, 7);
});

test("the grid is below the points: drawing labels does not touch it, and the other way round", () => {
  const { compositor, grid, top, view } = made();
  compositor.drawGrid(view);
  expect(grid.calls.length).toBeGreaterThan(20);
  expect(top.calls).toEqual([]);
  grid.calls.length = 0;
  compositor.drawTop(view, 16);
  expect(grid.calls).toEqual([]);
});

test("above the points come focus, path, names of axes, labels and the outline of an area, in this order", () => {
  const marks = { ...NO_MARKS, chosen: 2, path: [0, 1] };
  const { compositor, content, top, view } = made({ marks, outline: [0, 0, 50, 0, 50, 50] });
  finish(content.labels.choose(compositor.labelScene(view), indexOf(content.cloud, view)));
  while (compositor.drawTop(view, 50)) top.calls.length = 0;
  const at = (found: (call: (typeof top.calls)[number]) => boolean) => top.calls.findIndex(found);
  const order = [
    at(({ name }) => name === "arc"),
    at(({ args }) => args[0] === "1"),
    at(({ name, args }) => name === "fillText" && args[0] === "first"),
    at(({ name, args }) => name === "fillText" && args[0] === "t0"),
    at(({ name, args }) => name === "setLineDash" && (args[0] as number[]).length > 0),
  ];
  expect(order).not.toContain(-1);
  expect(order).toEqual([...order].sort((a, b) => a - b));
});

test("labels keep off the names and numbers of axes and the numbers of the path", () => {
  const { compositor, content, view } = made({ marks: { ...NO_MARKS, path: [0, 1, 2] } });
  const scene = compositor.labelScene(view);
  expect(scene.taken).toHaveLength(3 + 3 + compositor.ticks(view).length);
  finish(content.labels.choose(scene, indexOf(content.cloud, view)));
  expect(content.labels.visible.length).toBeGreaterThan(3);
  for (const { box } of content.labels.visible)
    for (const taken of scene.taken) expect(overlap(box, taken)).toBe(false);
});

test("labels follow their points to where the camera sees them", () => {
  const { compositor, content, view } = made();
  finish(content.labels.choose(compositor.labelScene(view), indexOf(content.cloud, view)));
  compositor.drawTop(view, 16);
  const places = () => content.labels.visible.map(({ id, box }) => [id, box.x]);
  const before = places();
  compositor.drawTop(createView({ ...OBLIQUE, target: [-0.1, 0, 0] }, 800, 600), 16);
  expect(places()).not.toEqual(before);
});

test("drawing says whether labels are still fading in", () => {
  const { compositor, content, view } = made();
  expect(compositor.drawTop(view, 16)).toBe(false);
  finish(content.labels.choose(compositor.labelScene(view), indexOf(content.cloud, view)));
  expect(compositor.drawTop(view, 16)).toBe(true);
  expect(compositor.drawTop(view, 1000)).toBe(false);
});

test("a flat picture has no grid, and only two axes are named", () => {
  const cloud = randomCloud(8, 2);
  const grid = { level: -1.1, origin: [0, 0, 0] as const, fitting: NO_FITTING, names: ["first", "second"] };
  const flat = made({ cloud, grid });
  const view = createView(FRONT, 800, 600);
  flat.compositor.drawGrid(view);
  const steep = made();
  steep.compositor.drawGrid(steep.view);
  expect(steep.grid.calls.length).toBeGreaterThan(5 * flat.grid.calls.length);
  flat.compositor.drawTop(view, 0);
  expect(texts(flat.top.calls)).toEqual(["first", "second"]);
});

describe("a PNG", () => {
  function stubDocument(blob: Blob | null) {
    const canvases: (ReturnType<typeof canvas> & { element: HTMLCanvasElement })[] = [];
    vi.stubGlobal("document", {
      createElement() {
        const one = canvas();
        Object.assign(one.element, { toBlob: (done: (blob: Blob | null) => void) => done(blob) });
        Object.assign(one.element.getContext("2d")!, {
          measureText: (text: string) => ({ width: 7 * text.length }),
          createLinearGradient: () => ({ addColorStop: () => {} }),
        });
        canvases.push(one);
        return one.element;
      },
    });
    return canvases;
  }

  test("has all layers over the background, in its own scale", async () => {
    const blob = new Blob();
    const canvases = stubDocument(blob);
    const { compositor, renderer, view } = made();
    expect(await compositor.png(view, 2)).toBe(blob);
    expect(renderer.image).toHaveBeenCalledWith(view, 2);
    const [whole, points] = canvases;
    expect([whole.element.width, whole.element.height]).toEqual([1600, 1200]);
    expect(whole.calls.find(({ name }) => name === "scale")!.args).toEqual([2, 2]);
    expect(points.calls[0]).toMatchObject({ name: "putImageData", args: ["pixels", 0, 0] });
    expect(whole.calls[0]).toMatchObject({ name: "fillRect", state: { fillStyle: "background" } });
    const image = whole.calls.findIndex(({ name }) => name === "drawImage");
    expect(whole.calls[image].args).toEqual([points.element, 0, 0, 800, 600]);
    expect(whole.calls.slice(0, image).some(({ name }) => name === "stroke")).toBe(true);
    expect(texts(whole.calls.slice(image))).toEqual(["first", "second", "third"]);
    expect(texts(whole.calls.slice(0, image))).toEqual(compositor.ticks(view).map(({ text }) => text));
  });

  test("can be transparent, with its title above and its legend beside it", async () => {
    const canvases = stubDocument(new Blob());
    const { compositor, view } = made();
    const legend = {
      title: "Kind",
      entries: [{ label: "noun", color: "red", note: "12" }],
      scale: { colors: ["black", "white"], marks: [{ text: "1K", at: 0.5 }] },
    };
    const frame = { title: "pets", subtitle: "PCA", legend };
    await compositor.png(view, 2, { isTransparent: true, frame });
    const [map, , whole] = canvases;
    expect(map.calls[0].name).not.toBe("fillRect");
    expect(whole.element.width).toBeGreaterThan(map.element.width);
    expect(whole.element.height).toBeGreaterThan(map.element.height);
    expect(whole.calls.filter(({ name }) => name === "drawImage")).toHaveLength(1);
    expect(whole.calls[0]).toMatchObject({ name: "drawImage", args: [map.element, 0, expect.any(Number)] });
    expect(texts(whole.calls)).toEqual(["pets", "PCA", "Kind", "1K", "noun", "12"]);
    expect(whole.calls.find(({ name }) => name === "arc")).toBeDefined();
  });

  test("that the browser cannot make is an error of one line", async () => {
    stubDocument(null);
    const { compositor, view } = made();
    await expect(compositor.png(view, 100)).rejects.toThrow("the picture is too large");
  });
});

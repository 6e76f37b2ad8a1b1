/**
 * Questions of a page as messages of a widget, where no server can be reached; tovec/notebook/messages.py answers them
 * and states what they look like.
 */
import { BASE, type Model } from "./model";

interface Part {
  readonly part: string;
  readonly status: number;
  readonly isLast: boolean;
}

/** A question whose answer has not arrived in full. */
interface Open {
  take(part: Part, bytes: Uint8Array<ArrayBuffer>): void;
}

export interface Messages {
  /** As `fetch` of a browser; only the path of the address counts, and what comes after it. */
  readonly fetch: (url: URL, options: RequestInit) => Promise<Response>;
  /** Stop all questions. */
  readonly leave: () => void;
}

export function openMessages(model: Model): Messages {
  // All pages of this widget hear all answers, those in another window too.
  const page = Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join("");
  const open = new Map<string, Open>();
  let asked = 0;

  const receive = (part: Part, buffers: readonly DataView[]) => {
    const question = open.get(part.part);
    if (question === undefined) return;
    const { buffer, byteOffset, byteLength } = buffers[0];
    // A copy, so that numbers are aligned.
    question.take(part, new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer));
  };
  model.on("msg:custom", receive);

  /** A kernel that has ended takes no messages; that it does not answer is noticed anyway. */
  const send = (message: unknown, body: readonly ArrayBuffer[] = []) => {
    try {
      model.send(message, undefined, [...body]);
    } catch {
      return;
    }
  };

  return {
    fetch({ pathname, search }, { method = "GET", body, signal }) {
      const id = `${page} ${asked++}`;
      return new Promise<Response>((resolve, reject) => {
        let stream: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
        const end = () => {
          open.delete(id);
          signal?.removeEventListener("abort", abort);
        };
        const stop = () => {
          end();
          send({ stop: id });
        };
        function abort() {
          stop();
          reject(signal!.reason as Error);
          stream?.error(signal!.reason);
        }
        function begin(status: number): Response {
          const parts = new ReadableStream<Uint8Array<ArrayBuffer>>({
            start: (controller) => void (stream = controller),
            cancel: stop,
          });
          return new Response(parts, { status });
        }
        if (signal?.aborted) {
          reject(signal.reason as Error);
          return;
        }
        signal?.addEventListener("abort", abort);
        open.set(id, {
          take({ status, isLast }, bytes) {
            if (stream === null) resolve(begin(status));
            if (bytes.length) stream!.enqueue(bytes);
            if (!isLast) {
              send({ took: id });
              return;
            }
            end();
            stream!.close();
          },
        });
        void bytesOf(body).then((bytes) => {
          // Meanwhile it may have been stopped.
          if (open.has(id)) send({ ask: id, path: pathname + search, method }, bytes === null ? [] : [bytes]);
        }, reject);
      });
    },
    leave() {
      model.off("msg:custom", receive);
      send({ leave: `${page} ` });
      open.clear();
    },
  };
}

/** The first pause before a kernel that is silent is asked again; each next one is twice as long. */
const ASK_AGAIN_MS = 200;
const ASKED = 7;

/**
 * Wait until the kernel answers. While a cell runs it hears what comes in a subshell alone, which JupyterLab opens some
 * time after the first widget: what was sent before waits for the end of the cell. So it is asked a few times.
 */
export async function reach({ fetch }: Messages): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await new Promise<Response>((resolve, reject) => {
    const ask = (left: number, pause: number) => {
      fetch(new URL("api/alive", BASE), {}).then(resolve, reject);
      if (left > 1) timer = setTimeout(ask, pause, left - 1, 2 * pause);
    };
    ask(ASKED, ASK_AGAIN_MS);
  });
  clearTimeout(timer);
}

async function bytesOf(body: BodyInit | null | undefined): Promise<ArrayBuffer | null> {
  return body === null || body === undefined ? null : new Response(body).arrayBuffer();
}

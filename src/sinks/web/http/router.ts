import type { HttpExchange } from './http-exchange.ts';

/** Answers a request. @param rest what follows the path of its route, decoded */
export type Handler = (exchange: HttpExchange, rest: string) => void | Promise<void>;

type Method = 'GET' | 'POST';
type Methods = Map<Method, Handler>;

/** Finds the handler of a path and a method. HEAD is handled as GET is. */
export class Router {
  readonly #routes = new Map<string, Methods>();
  /** Paths that stand for all paths below them. */
  readonly #parents: string[] = [];

  /** @param path one that ends in a slash, other than `/`, stands for all paths below it */
  get(path: string, handler: Handler): void {
    this.#add('GET', path, handler);
  }

  /** @param path as of `get` */
  post(path: string, handler: Handler): void {
    this.#add('POST', path, handler);
  }

  has(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /** Has the request answered: with 404 or 405 where no handler is for it. */
  async serve(exchange: HttpExchange): Promise<void> {
    const found = this.#find(exchange.path);
    if (found === undefined) return exchange.sendText(404, 'There is nothing at that address');
    const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
    const handler = found.methods.get(method as Method);
    if (handler === undefined) {
      const allow = [...found.methods.keys()].map((name) => (name === 'GET' ? 'GET, HEAD' : name)).join(', ');
      return exchange.sendText(405, `This address accepts ${allow} only`, { allow });
    }
    await handler(exchange, found.rest);
  }

  #add(method: Method, path: string, handler: Handler): void {
    const methods = this.#routes.get(path) ?? new Map();
    this.#routes.set(path, methods.set(method, handler));
    if (path.endsWith('/') && path !== '/' && !this.#parents.includes(path)) this.#parents.push(path);
  }

  #find(path: string): { readonly methods: Methods; readonly rest: string } | undefined {
    const exact = this.#parents.includes(path) ? undefined : this.#routes.get(path);
    if (exact !== undefined) return { methods: exact, rest: '' };
    const parent = this.#parents.find((start) => path.startsWith(start) && path.length > start.length);
    const rest = parent === undefined ? undefined : decode(path.slice(parent.length));
    const methods = this.#routes.get(parent ?? '');
    return methods === undefined || rest === undefined ? undefined : { methods, rest };
  }
}

/** Undefined where percent signs and what follows them are no UTF-8. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

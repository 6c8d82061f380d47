import type { Method, Route } from './route.ts';

export type Match =
  | { readonly kind: 'route'; readonly route: Route; readonly params: ReadonlyMap<string, string> }
  | { readonly kind: 'wrong-method'; readonly allow: readonly Method[] }
  | { readonly kind: 'none' };

interface Compiled {
  readonly route: Route;
  readonly segments: readonly string[];
}

/**
 * Finds the route for a request. Paths are compared segment by segment as they were sent: nothing is decoded,
 * lower-cased or tidied up, so that a proxy in front and this router cannot disagree about what a path means.
 */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Match {
  const compiled = routes.map((route): Compiled => ({ route, segments: route.path.split('/') }));
  return (method, path) => {
    const segments = path.split('/');
    const here = compiled.flatMap((candidate) => {
      const params = matchSegments(candidate.segments, segments);
      return params === null ? [] : [{ route: candidate.route, params }];
    });
    const found = here.find(({ route }) => route.method === method);
    if (found !== undefined) return { kind: 'route', ...found };
    if (here.length > 0) return { kind: 'wrong-method', allow: here.map(({ route }) => route.method) };
    return { kind: 'none' };
  };
}

/** The parameters where the path fits the pattern, else null. A parameter takes one segment that is not empty. */
function matchSegments(pattern: readonly string[], segments: readonly string[]): ReadonlyMap<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const params = new Map<string, string>();
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(expected)?.[1];
    if (name === undefined ? segment !== expected : segment === '') return null;
    if (name !== undefined) params.set(name, segment);
  }
  return params;
}

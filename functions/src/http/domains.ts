import domain from 'node:domain';

/** What the Functions Framework asks of a domain, and Node where a promise is rejected in one. */
const NO_DOMAIN = {
  /** The framework puts a function's call off to the next tick, and asks for the domain that it is in there. */
  run(body: () => void): void {
    process.nextTick(setDomain, NO_DOMAIN);
    body();
    process.nextTick(setDomain, null);
  },
  bind: (callback: unknown): unknown => callback,
  on: (): void => undefined,
  emit: (_: 'error', error: unknown): never => {
    throw error;
  },
};

/**
 * The Functions Framework runs each call of a function in a domain of Node's. The first one of a process turns on async
 * hooks for every promise, stream and timer that it ever makes, which took two fifths of a sending instance's processor
 * time (docs/decisions/0009-no-domains.md). So the framework is given a domain that does nothing.
 *
 * What is lost: an exception that is thrown outside of a function's promise is not the answer 500 to that one call. It
 * ends the instance, as Node means it to, and what the instance held is taken over.
 */
export function leaveDomainsOut(): void {
  domain.create = () => NO_DOMAIN as unknown as domain.Domain;
}

function setDomain(to: typeof NO_DOMAIN | null): void {
  (process as unknown as { domain: unknown }).domain = to;
}

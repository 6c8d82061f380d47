/**
 * For mocha's `--require`: a rejection that nobody handles fails the test it happens in. mocha 12 hands it on to whoever
 * else listens, and nobody does: without this, a run with unhandled rejections ends with 0.
 */
process.on('unhandledRejection', (reason) => {
  throw reason instanceof Error ? reason : new Error(`rejected with ${typeof reason}`);
});

import { connect, createServer } from 'node:net';

export const DEFAULT_PORTS = {
  functions: 5001,
  firestore: 8080,
  firestoreWebsocket: 9150,
  pubsub: 8085,
  hub: 4400,
  logging: 4500,
  eventarc: 9299,
  firebaseTasks: 9499,
  tasks: 8123,
  tasksControl: 8124,
  fcm: 8130,
  fcmControl: 8131,
  hostApi: 8140,
  hostTasks: 8141,
  hostSendRange: 8142,
};

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function listenOnce(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port }, () => {
      const got = server.address().port;
      server.close(() => resolve(got));
    });
  });
}

// macOS lets one bind 127.0.0.1 beside somebody's 0.0.0.0, so listening alone does not tell.
export async function isPortFree(port) {
  return !(await answers(port)) && (await listenOnce(port)) !== undefined;
}

export async function anyFreePort() {
  const port = await listenOnce(0);
  if (port === undefined) throw new Error('This machine has no free TCP port on 127.0.0.1.');
  return port;
}

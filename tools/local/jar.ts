import { crc32 } from 'node:zlib';
import { pathToFileURL } from 'node:url';

const MANIFEST = 'META-INF/MANIFEST.MF';
const FIRESTORE_MAIN = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';
const LINE_BYTES = 72;
const DOS_EPOCH_DATE = (1 << 5) | 1;

// JAR specification: a line is at most 72 bytes, and a line that starts with a space continues the one before.
function foldLine(line: string): string {
  const parts = [line.slice(0, LINE_BYTES)];
  for (let at = LINE_BYTES; at < line.length; at += LINE_BYTES - 1)
    parts.push(` ${line.slice(at, at + LINE_BYTES - 1)}`);
  return parts.join('\r\n');
}

/** The manifest that lets `java -jar` start the Firestore emulator's jar, which names no main class of its own. */
export function firestoreManifest(jarPath: string): string {
  // A URL holds ASCII alone, so a character is a byte.
  const lines = [
    'Manifest-Version: 1.0',
    `Main-Class: ${FIRESTORE_MAIN}`,
    `Class-Path: ${pathToFileURL(jarPath).href}`,
  ];
  return `${lines.map(foldLine).join('\r\n')}\r\n\r\n`;
}

/** The fields that a zip's local header and its central directory have in common (APPNOTE 4.3.7, 4.3.12). */
function commonHeader(content: Buffer, nameBytes: number): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(10, 0);
  header.writeUInt16LE(DOS_EPOCH_DATE, 8);
  header.writeUInt32LE(crc32(content), 10);
  header.writeUInt32LE(content.length, 14);
  header.writeUInt32LE(content.length, 18);
  header.writeUInt16LE(nameBytes, 22);
  return header;
}

/** A zip archive with one stored entry, the manifest: the jar that starts another jar. */
export function manifestJar(manifest: string): Buffer {
  const content = Buffer.from(manifest, 'latin1');
  const name = Buffer.from(MANIFEST, 'latin1');
  const common = commonHeader(content, name.length);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, content]);
  const versionMadeBy = Buffer.from([10, 0]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), versionMadeBy, common, Buffer.alloc(14), name]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

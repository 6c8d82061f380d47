import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A certificate chain and its key, PEM. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly privateKey: string;
}

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = '06082a8648ce3d040302';
const COMMON_NAME = '0603550403';
const SUBJECT_ALT_NAME = '0603551d11';
const BASIC_CONSTRAINTS = '0603551d13';

/**
 * Makes a self-signed P-256 certificate for `localhost`, `127.0.0.1`, `::1` and `fcm.googleapis.com`.
 *
 * It is its own CA (so that a client can trust exactly it), valid from yesterday for 30 days. Node can sign, but has
 * nothing that writes X.509, so the few DER structures of RFC 5280 are written here.
 */
export function selfSignedIdentity(now: Date = new Date()): TlsIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(Buffer.from(ECDSA_WITH_SHA256, 'hex'));
  const name = sequence(tlv(0x31, sequence(Buffer.from(COMMON_NAME, 'hex'), tlv(0x0c, Buffer.from('FCM simulator')))));
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(15)]);
  const toBeSigned = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, serial),
    algorithm,
    name,
    sequence(utcTime(now.getTime() - DAY_MS), utcTime(now.getTime() + 30 * DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions())),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const certificate = sequence(toBeSigned, algorithm, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    certificate: pem('CERTIFICATE', certificate),
    privateKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
  };
}

function extensions(): Buffer[] {
  const dns = (host: string): Buffer => tlv(0x82, Buffer.from(host));
  const ip = (...octets: number[]): Buffer => tlv(0x87, Buffer.from(octets));
  const names = sequence(
    dns('localhost'),
    dns('fcm.googleapis.com'),
    ip(127, 0, 0, 1),
    ip(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
  );
  const critical = tlv(0x01, Buffer.from([0xff]));
  return [
    sequence(Buffer.from(SUBJECT_ALT_NAME, 'hex'), tlv(0x04, names)),
    sequence(Buffer.from(BASIC_CONSTRAINTS, 'hex'), critical, tlv(0x04, sequence(critical))),
  ];
}

function sequence(...parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function tlv(tag: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...derLength(value.length)]), value]);
}

function derLength(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function utcTime(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replaceAll(/[-:T]|\.\d{3}/g, '');
  return tlv(0x17, Buffer.from(digits.slice(2)));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

import type { ErrorCode } from '../domain/errors/registry.ts';

/** Codes of OpenSSL and Node for a certificate that is not trusted. */
const UNTRUSTED =
  /^(CERT_|DEPTH_ZERO_SELF|SELF_SIGNED_|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/;

/**
 * What a failure of TLS is called; undefined for any other.
 * @param code of the system or of OpenSSL
 */
export function tlsFailure(code: string): ErrorCode | undefined {
  if (UNTRUSTED.test(code)) return 'PACS_NOT_TRUSTED';
  // It asks for a certificate.
  if (/ALERT_CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/.test(code)) return 'PACS_REFUSED';
  // It does not speak TLS there.
  return /^ERR_SSL_|^EPROTO$/.test(code) ? 'PACS_ANSWER_INVALID' : undefined;
}

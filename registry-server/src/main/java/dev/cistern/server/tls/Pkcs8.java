package dev.cistern.server.tls;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * PKCS#8, the format of private keys that Java reads (RFC 5208 §5), and the conversion from the two
 * older formats, which PKCS#8 contains:
 *
 * <pre>
 * PrivateKeyInfo ::= SEQUENCE { version INTEGER, algorithm SEQUENCE { OID, parameters }, key OCTET STRING }
 * RSAPrivateKey  ::= SEQUENCE { version INTEGER, modulus INTEGER, ... }                      PKCS#1, RFC 8017 A.1.2
 * ECPrivateKey   ::= SEQUENCE { version INTEGER, key OCTET STRING, [0] curve, [1] public key }  SEC1, RFC 5915 §3
 * </pre>
 */
final class Pkcs8 {

  private static final byte[] VERSION = Der.value(Der.INTEGER, new byte[1]);
  private static final byte[] NULL = Der.value(Der.NULL);

  private static final byte[] RSA = oid("2a864886f70d010101"); // 1.2.840.113549.1.1.1
  private static final byte[] EC = oid("2a8648ce3d0201"); // 1.2.840.10045.2.1
  private static final byte[] ED25519 = oid("2b6570"); // 1.3.101.112
  private static final byte[] ED448 = oid("2b6571"); // 1.3.101.113

  private Pkcs8() {}

  static byte[] ofPkcs1(byte[] key) {
    return wrap(RSA, NULL, key);
  }

  /**
   * @param parameters the curve from the block {@code EC PARAMETERS}; used only if the key does not
   *     name its curve
   */
  static byte[] ofSec1(byte[] key, Optional<byte[]> parameters) throws PemException {
    Der fields = new Der(key).enter(Der.SEQUENCE);
    fields.next(Der.INTEGER);
    fields.next(Der.OCTET_STRING);
    byte[] curve;
    if (fields.startsWith(Der.CONTEXT_0)) {
      curve = fields.next(Der.CONTEXT_0);
    } else {
      curve =
          parameters.orElseThrow(() -> new PemException("contains an EC key without its curve"));
    }
    if (!new Der(curve).startsWith(Der.OID)) {
      throw new PemException(
          "contains an EC key with explicit curve parameters, which Java does not support"
              + " (convert it by openssl ec -param_enc named_curve)");
    }
    return wrap(EC, curve, key);
  }

  private static byte[] wrap(byte[] algorithm, byte[] parameters, byte[] key) {
    return Der.value(
        Der.SEQUENCE,
        VERSION,
        Der.value(Der.SEQUENCE, algorithm, parameters),
        Der.value(Der.OCTET_STRING, key));
  }

  static KeyKind kind(byte[] pkcs8) throws PemException {
    Der fields = new Der(pkcs8).enter(Der.SEQUENCE);
    fields.next(Der.INTEGER);
    byte[] oid = Der.value(Der.OID, fields.enter(Der.SEQUENCE).next(Der.OID));
    if (Arrays.equals(oid, RSA)) {
      return KeyKind.RSA;
    }
    if (Arrays.equals(oid, EC)) {
      return KeyKind.EC;
    }
    if (Arrays.equals(oid, ED25519) || Arrays.equals(oid, ED448)) {
      return KeyKind.EDDSA;
    }
    throw new PemException("contains an unsupported kind of key (use RSA, EC or Ed25519)");
  }

  private static byte[] oid(String hex) {
    return Der.value(Der.OID, HexFormat.of().parseHex(hex));
  }
}

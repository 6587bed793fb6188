/** Self-signed certificates of one purpose each, valid for a century, with their keys. For tests only. */

import { Buffer } from 'node:buffer';

import type { ClusterTrustBundle } from '../../../lib/api/cluster-trust-bundle.ts';
import type { ConfigMap } from '../../../lib/api/config-map.ts';
import type { Secret } from '../../../lib/api/secret.ts';

/** ECDSA P-256, for www.example.com. */
export const web: TestPair = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBqDCCAU2gAwIBAgIUP2yWi/rXtyCk1f7kji/xxzeZebAwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPd3d3LmV4YW1wbGUuY29tMCAXDTI2MTEyNDAzMzgxOFoYDzIx
MjYxMDMxMDMzODE4WjAaMRgwFgYDVQQDDA93d3cuZXhhbXBsZS5jb20wWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAASa0VI+MqHt4UecprmY4q7bIPNFoQhwndfnwyoF
BNVRHntqYgzknSC58AipY2qw6rSy8zVD20BaFQ/RJAAiMyCpo28wbTAdBgNVHQ4E
FgQUrRuGnLX3/daxttrT5K3dPrx9VqMwHwYDVR0jBBgwFoAUrRuGnLX3/daxttrT
5K3dPrx9VqMwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgg93d3cuZXhhbXBs
ZS5jb20wCgYIKoZIzj0EAwIDSQAwRgIhAMkfiD4+B8s1+7pmxX6DvRCEn0xkSGHa
mcgYTYLjqlerAiEAzn5OEr9ZOQLk1Ey+1jth2veZmJ90GIBGN85Ix1RSHzA=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCYYEcVhES05uXw4H
pEFkXB2rdG6mBD69PKBXNAlk8k6hRANCAASa0VI+MqHt4UecprmY4q7bIPNFoQhw
ndfnwyoFBNVRHntqYgzknSC58AipY2qw6rSy8zVD20BaFQ/RJAAiMyCp
-----END PRIVATE KEY-----
`,
};

/** ECDSA P-256, for other.example.com. */
export const other: TestPair = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBrjCCAVOgAwIBAgIUPJn5g7pllF/fadQt2/mkFi2K99EwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRb3RoZXIuZXhhbXBsZS5jb20wIBcNMjYxMTI0MDMzODE4WhgP
MjEyNjEwMzEwMzM4MThaMBwxGjAYBgNVBAMMEW90aGVyLmV4YW1wbGUuY29tMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDhu1XGD5DVBZKJTrfqgOBo+kqfigClw+
DVcNefvOgWIzkEmXfHh1/4ciM5Y39QsK1PcDVbIUH6PgT6ZmrKjoJaNxMG8wHQYD
VR0OBBYEFKQO17Fbcbi5vTI5AQnJ2ZYD/1jRMB8GA1UdIwQYMBaAFKQO17Fbcbi5
vTI5AQnJ2ZYD/1jRMA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4IRb3RoZXIu
ZXhhbXBsZS5jb20wCgYIKoZIzj0EAwIDSQAwRgIhAPFWfzJ+r9gIIxJAerq8goiA
9gAne26nTZrcT2GWJIhGAiEA4l2Wp39nxPUwHClIUuIX8QBLn+G4JbCQg3IzNyQ3
zj4=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgR0zbSf1vSjwUpbUP
Q8zZiZbwfTIbFgm6ntbc6txGPvyhRANCAAQOG7VcYPkNUFkolOt+qA4Gj6Sp+KAK
XD4NVw15+86BYjOQSZd8eHX/hyIzljf1CwrU9wNVshQfo+BPpmasqOgl
-----END PRIVATE KEY-----
`,
};

/** RSA with 1024 bits. */
export const weak: TestPair = {
  certificate: `-----BEGIN CERTIFICATE-----
MIICMTCCAZqgAwIBAgIUTHkDcCDefMpwiLkiT7gffS2FnrEwDQYJKoZIhvcNAQEL
BQAwGzEZMBcGA1UEAwwQd2Vhay5leGFtcGxlLmNvbTAgFw0yNjExMjQwMzM4MTha
GA8yMTI2MTAzMTAzMzgxOFowGzEZMBcGA1UEAwwQd2Vhay5leGFtcGxlLmNvbTCB
nzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAu2iCNaZDuzrkaHkbJ70q2UP1YdcF
dTs7GKfe19kUCWhS5pOXxWzqnpzXbLwQ9sUlzN7jkQ2h28KEXmi8lSnZG3CKeXY9
3AtWtdlG+ZvUc1LTiTeVbpEZDTiJGaRrrONkYURzail/lSQzu5OdR0rT/ergHaWq
ES35LnB0dFM56EsCAwEAAaNwMG4wHQYDVR0OBBYEFHqx+HTca1B4MvU7tXuF/2I/
SgtAMB8GA1UdIwQYMBaAFHqx+HTca1B4MvU7tXuF/2I/SgtAMA8GA1UdEwEB/wQF
MAMBAf8wGwYDVR0RBBQwEoIQd2Vhay5leGFtcGxlLmNvbTANBgkqhkiG9w0BAQsF
AAOBgQAvHQ/e1HWrfjoAHs4L7oy74vEDYv8kVpcMntpArSTizjzEvjJU7KLPoVSW
AGVIKcwhEejnf79I8iVfOzTWPSuFJJ8o0O/bZD1bSehHUviLPGXcqFa9mZ1LASOp
jVQJdSz2WL25ywJfqLICEUqEeObEJSYsYVGOnSzfhtGxqABD3Q==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBALtogjWmQ7s65Gh5
Gye9KtlD9WHXBXU7Oxin3tfZFAloUuaTl8Vs6p6c12y8EPbFJcze45ENodvChF5o
vJUp2Rtwinl2PdwLVrXZRvmb1HNS04k3lW6RGQ04iRmka6zjZGFEc2opf5UkM7uT
nUdK0/3q4B2lqhEt+S5wdHRTOehLAgMBAAECgYARAMhfibg3cn5qpCI8lsMedzX6
LIIIQtl3wTNMrhtNRzPOS7HHbbxTq7M34FBBs11cmxRWgsAeqiVMU4BYoDVcSfRj
YmmcVLdv+ChmFi1JH5ZbwdmqV3czSGGny5QD9Aq6A0X/hxX83vhchosL+/WmjRHu
bX2rCngBkw3CRSekYQJBAPXxyAjBueH/dNHB/axphEfIWKfY/XM5bbyNTUGqaULc
eaE6CCJ5WvO/MrMrb79hc8TbxOI36Q/VUAWLMkWVQXkCQQDDEgxS1adxbGg54IG5
BjeYSJz2fPjGUjNvtz+htVC2i5rqQ1ZFIRhOtlfXmA0lmNX6mP3FmDGVcO8Ttk+e
eyrjAkBCUZgnBFYjYscVaMIGo81Pre56FEEDuRCmL1QNyO3pYZpKp2NaKG8mGwCI
38WaTaTyCHDmrzzhUBvr4sUDjmPBAkBwWQex+Y17fNU2aEAuQQ9p7IBCUk2xYwxu
zhqe1t+KkzMAsxGPtPTb+Jb0+4Su36x1rQGTeQktqaJ4Nur6OrPDAkBSwJuk1V1E
AVEhuS6/ZkDP9QtTy0SUz9IxDLLEoU6Em9X1WxsKUWRwcKcFAK2i842Pfkw40/t+
JddFzkWsVgp0
-----END PRIVATE KEY-----
`,
};

/** Ed25519. */
export const edwards: TestPair = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBZDCCARagAwIBAgIULWaYfPVLlq66etvXvGZWRboOWJUwBQYDK2VwMBkxFzAV
BgNVBAMMDmVkLmV4YW1wbGUuY29tMCAXDTI2MTEyNDAzMzgxOFoYDzIxMjYxMDMx
MDMzODE4WjAZMRcwFQYDVQQDDA5lZC5leGFtcGxlLmNvbTAqMAUGAytlcAMhAIBB
sy4Mc5P6sCiqLH+mBH1Vz5EODatRQwxKzjIPa1UAo24wbDAdBgNVHQ4EFgQUtqxD
04lLVnw1IoezMz6tUCQv2XUwHwYDVR0jBBgwFoAUtqxD04lLVnw1IoezMz6tUCQv
2XUwDwYDVR0TAQH/BAUwAwEB/zAZBgNVHREEEjAQgg5lZC5leGFtcGxlLmNvbTAF
BgMrZXADQQB5hRHHWqDz5r4RPXx1OZvD1WCAT5VYwoUJccsBeT6v7Z5tksyK5JGD
E9dEwJEawElJafUa2sKdqeeesNkv/6AG
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIH+GVv98Y7uGvLAx+ZjSzg8kSDoo4BGpV1fVw8h+4yF1
-----END PRIVATE KEY-----
`,
};

/** ECDSA on secp256k1. */
export const koblitz: TestPair = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBoTCCAUegAwIBAgIUWXpKZ7JS2HF/i4CbPnLRlshZ7EgwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOazEuZXhhbXBsZS5jb20wIBcNMjYxMTI0MDMzODE4WhgPMjEy
NjEwMzEwMzM4MThaMBkxFzAVBgNVBAMMDmsxLmV4YW1wbGUuY29tMFYwEAYHKoZI
zj0CAQYFK4EEAAoDQgAErVdLQQsvcK9gIEdvyChC0lZpVi5AwI/69f6L9sk2pVYC
c7Ff/rz5lsVYSfz8nG5uRFISGgVkT9XD8Mf2s1g1H6NuMGwwHQYDVR0OBBYEFM5+
qizQiKD0fk/vMF2oNLZAztvCMB8GA1UdIwQYMBaAFM5+qizQiKD0fk/vMF2oNLZA
ztvCMA8GA1UdEwEB/wQFMAMBAf8wGQYDVR0RBBIwEIIOazEuZXhhbXBsZS5jb20w
CgYIKoZIzj0EAwIDSAAwRQIhAJoXBS28FrRt4AgO2QOYU7qn5O5Ul+/bNxR/e3ei
jsiUAiAm4K2lHmdl3f4cLN9ecb31ym+sZwrCjGmxzuQRPAQbWw==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgYaLNwEBdpAtt/RQq3QOL
UcltV2ZhMsavvBxeCzmGpYOhRANCAAStV0tBCy9wr2AgR2/IKELSVmlWLkDAj/r1
/ov2yTalVgJzsV/+vPmWxVhJ/Pycbm5EUhIaBWRP1cPwx/azWDUf
-----END PRIVATE KEY-----
`,
};

/** A key with a passphrase. */
export const encryptedKey: string = `-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,8950E51611681F39CB9EC408477A6F37

66ofnNmQGbWhAQIOVxs2Y6qKIYrAiA7PBq0hDYK75xUXvRan4WUJ+gBMmNpk3DvC
X/dNrZbdTbEg2eyb9DHpjfobwH64ogf5QLQwdAaffJL98DKZnM1KMjtLhnkd/xMd
Ch8C0fdxJ/RAOlh3SSAaz7QMDM2ldMsc7plx4l1Y1T8=
-----END EC PRIVATE KEY-----
`;

export interface TestPair {
  readonly certificate: string;
  readonly key: string;
}

/** A Secret with the given texts by key, at `namespace/name`. */
export function secretOf(key: string, texts: Readonly<Record<string, string>>): Secret {
  const data = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
  return {
    key,
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(key),
    type: 'kubernetes.io/tls',
    data,
  };
}

export function tlsSecret(key: string, pair: TestPair): Secret {
  return secretOf(key, { 'tls.crt': pair.certificate, 'tls.key': pair.key });
}

/** A ConfigMap with the given texts by key, at `namespace/name`. */
export function configMapOf(key: string, data: Readonly<Record<string, string>>): ConfigMap {
  return { key, apiVersion: 'v1', kind: 'ConfigMap', metadata: metadataOf(key), data, binaryData: {} };
}

/** A ClusterTrustBundle. */
export function trustBundleOf(name: string, trustBundle: string): ClusterTrustBundle {
  return {
    key: name,
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'ClusterTrustBundle',
    metadata: { name, generation: 1 },
    spec: { trustBundle },
  };
}

function metadataOf(key: string): Secret['metadata'] {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name, generation: 1 };
}

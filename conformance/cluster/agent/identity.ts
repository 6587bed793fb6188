import type { Image } from './images.ts';
import type { Container, PodSpec } from './pod.ts';
import type { User } from './root.ts';

/** Who a container runs as. Throws, as a node refuses, if that is root although it must not be. */
export function userOf(container: Container, { spec, image }: { spec: PodSpec; image: Image }): User {
  const [pod, own] = [spec.securityContext ?? {}, container.securityContext ?? {}];
  const runAsUser = own.runAsUser ?? pod.runAsUser;
  const uid = runAsUser ?? image.user;
  if ((own.runAsNonRoot ?? pod.runAsNonRoot ?? false) && uid === 0) {
    throw new Error('container has runAsNonRoot and image will run as root');
  }
  return {
    uid,
    // An image's own user has a group of the same number; a user that the image does not know has root's.
    gid: own.runAsGroup ?? pod.runAsGroup ?? (runAsUser === undefined ? image.user : 0),
    groups: [...pod.supplementalGroups ?? [], ...(pod.fsGroup === undefined ? [] : [pod.fsGroup])],
  };
}

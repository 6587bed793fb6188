/** As the image and hack/bootstrap.mjs start the controller's Node. */
export const NODE_ARGS: readonly string[] = ['--min-semi-space-size=4', '--max-semi-space-size=4'];

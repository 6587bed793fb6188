import type { DescFile } from '@bufbuild/protobuf';
import { fileDesc as parse } from '@bufbuild/protobuf/codegenv2';

/**
 * What generated files call for their descriptors. The library registers what a file imports with all that its imports import,
 * by every way through them, though a file sees nothing of those; that was a third of a start.
 */
export function fileDesc(base64: string, imports: readonly DescFile[] = []): DescFile {
  return parse(base64, imports.map((file) => ({ ...file, dependencies: publicImports(file) })));
}

function publicImports({ proto, dependencies }: DescFile): DescFile[] {
  return proto.publicDependency.flatMap((index) => {
    const name = proto.dependency[index];
    return dependencies.filter((file) => file.proto.name === name);
  });
}

export function isBuilt(root: string): boolean;
export function ensureBuilt(root: string, node: string, progress: (text: string) => void): Promise<void>;

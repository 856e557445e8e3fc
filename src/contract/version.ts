/** The version of package and layer; the same as package.json's (version.test.ts). */
export const layerVersion = "0.1.0";

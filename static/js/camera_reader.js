// Beside camera.js, in a thread of its own: looks for a code in a picture and answers its text, or nothing.
// Without it the camera cannot be used for scanning. It alone may run the reader's WebAssembly (blueprints/headers.py).
"use strict";
importScripts("../vendor/zxing_reader.js");

// In plain mode the separators stay in the text. The identifier tells GS1 codes from others, as a scanner does.
const OPTIONS = { formats: ["DataMatrix", "QRCode", "Code128", "EAN13", "EAN8"], textMode: "Plain", maxNumberOfSymbols: 1 };

ZXingWASM.prepareZXingModule({ overrides: { locateFile: (name) => new URL("../vendor/" + name, location.href).href } });

onmessage = async ({ data }) => {
  const [found] = await ZXingWASM.readBarcodes(data, OPTIONS);
  postMessage(found?.isValid ? found.symbologyIdentifier + found.text : null);
};

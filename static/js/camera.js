// Every page behind the sign-in: the camera button beside the scan box. The reader is loaded when it is first pressed.
// Without it, or without a camera, the button is a link to the page that takes a photo of the code instead.
(() => {
  "use strict";
  const button = document.getElementById("camera-open");
  const dialog = document.getElementById("camera-dialog");
  const video = dialog.querySelector("video");
  const said = dialog.querySelector("[role=status]");
  const canvas = document.createElement("canvas");
  const PAUSE = 100; // ms between two pictures
  let reader = null;
  let stream = null;

  function ask() {
    if (!stream || !video.videoWidth) {
      setTimeout(() => stream && ask(), PAUSE);
      return;
    }
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    const drawing = canvas.getContext("2d", { willReadFrequently: true });
    drawing.drawImage(video, 0, 0);
    const picture = drawing.getImageData(0, 0, canvas.width, canvas.height);
    reader.postMessage(picture, [picture.data.buffer]);
  }

  function answered({ data }) {
    if (!stream) return;
    if (!data) {
      setTimeout(ask, PAUSE);
      return;
    }
    dialog.close();
    document.dispatchEvent(new CustomEvent("code-read", { detail: data }));
  }

  async function begin() {
    said.textContent = "Starting the camera.";
    dialog.showModal();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    } catch {
      said.textContent = "No camera can be used here. Take a photo of the code instead.";
      return;
    }
    if (!dialog.open) {
      end();
      return;
    }
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    said.textContent = "Hold the code in front of the camera.";
    if (!reader) {
      reader = new Worker(button.dataset.reader);
      reader.onmessage = answered;
      reader.onerror = () => (said.textContent = "The reader did not start. Take a photo of the code instead.");
    }
    ask();
  }

  function end() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    video.hidden = true;
  }

  dialog.addEventListener("close", end);
  button.addEventListener("click", (event) => {
    if (!navigator.mediaDevices || !window.Worker) return; // no HTTPS, or an old browser: the link is followed
    event.preventDefault();
    begin();
  });
})();

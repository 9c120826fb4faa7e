// What the page shows while its own program is on the way. Trunk calls these functions.

export default function initializer() {
  const loading = document.getElementById("loading");
  const text = loading.querySelector(".loading-text");
  const kilobytes = (bytes) => `${Math.round(bytes / 1000)} kB`;
  return {
    onProgress: ({ current, total }) => {
      const of = total > 0 ? ` of ${kilobytes(total)}` : "";
      text.textContent = `Loading the page: ${kilobytes(current)}${of}`;
    },
    onSuccess: () => loading.remove(),
    onFailure: (error) => {
      console.error(error);
      loading.classList.add("failed");
    },
  };
}

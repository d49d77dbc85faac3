// The button is there for those whose browser hides how to print.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => print());

// The API reference only: starts Swagger UI on our own description.
// Without it the page links to the OpenAPI file.
(() => {
  "use strict";
  const place = document.getElementById("api-docs");
  SwaggerUIBundle({
    url: place.dataset.descriptionUrl,
    domNode: place,
    deepLinking: true,
    validatorUrl: null, // The default would send the description to a public service.
    supportedSubmitMethods: [], // A try-out would change a real clinic's stock.
  });
})();

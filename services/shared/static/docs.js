// Swagger UI over this service's own OpenAPI document; everything comes from this service, nothing from elsewhere.
window.SwaggerUIBundle({ url: "/openapi.json", domNode: document.getElementById("docs"), deepLinking: true, validatorUrl: null });

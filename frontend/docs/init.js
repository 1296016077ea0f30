// Served beside Swagger UI's own files to the page at /api/docs, whose CSP forbids inline script.
window.SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
});

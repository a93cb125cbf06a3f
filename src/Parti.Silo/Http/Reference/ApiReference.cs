using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Parti.Silo.Http.Security;
using Scalar.AspNetCore;

namespace Parti.Silo.Http.Reference;

/// <summary>What the interface says of itself: <c>/openapi/v1.json</c> for programs, <c>/docs</c> for people, both from this server alone.</summary>
internal static class ApiReference
{
    private const string Version = "v1";
    private const string Page = "/docs";

    // What most readers come for stands first.
    private static readonly string[] ByUse = ["OpenAI", "Jobs", "Images", "Cluster", "Health"];

    /// <summary>Describes the routes. Names in schemas are those on the wire.</summary>
    internal static IServiceCollection AddApiReference(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddOpenApi(Version, options => options.AddDocumentTransformer(Describe).AddSchemaTransformer(AllowWords));
        return services;
    }

    /// <summary>Maps the description and the page that shows it.</summary>
    internal static void MapApiReference(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi().AllowAnonymous();
        routes.MapScalarApiReference(Page, options =>
        {
            options.Title = "Parti";
            options.DefaultFonts = false;
            options.Telemetry = false;

            // Both belong to a service elsewhere.
            options.HideDeveloperTools().DisableAgent();
        }).AllowAnonymous();

        // Until there is more to see at the address that a browser is given first.
        routes.MapGet("/", () => Results.Redirect(Page)).AllowAnonymous().ExcludeFromDescription();
    }

    private static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Parti",
            Version = Version,
            Description = "Text to image: jobs, their events and pictures, workers and pools. JSON is snake_case, times are RFC 3339 in UTC, durations are milliseconds. Failures are problem details (RFC 9457) with a stable code.",
        };

        // The caller knows the address that it used; a proxy's would be another one.
        document.Servers = [];
        OfferKey(document);
        document.Tags = document.Tags?.OrderBy(tag => Array.IndexOf(ByUse, tag.Name)).ToHashSet();
        return Task.CompletedTask;
    }

    private static Task AllowWords(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonPropertyInfo?.AttributeProvider?.GetCustomAttributes(typeof(AllowedValuesAttribute), inherit: true) is [AllowedValuesAttribute words, ..])
        {
            schema.Enum = [.. words.Values.Select(word => JsonValue.Create((string)word!))];
        }

        return Task.CompletedTask;
    }

    /// <summary>Lets whoever reads the page put in a key, which its trial calls then carry.</summary>
    private static void OfferKey(OpenApiDocument document)
    {
        document.Components ??= new();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [ApiKeyHandler.Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "Authorization: Bearer KEY; not needed on the server's own machine where no keys are configured.",
            },
        };
        document.Security = [new() { [new OpenApiSecuritySchemeReference(ApiKeyHandler.Scheme, document)] = [] }];
    }
}

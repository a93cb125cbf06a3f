using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.OpenApi;

namespace Parti.Silo.Http.Reference;

/// <summary>What the reference says of an operation beyond what its handler shows. Nothing here changes how requests are read.</summary>
internal static class OperationExtensions
{
    private const string Json = "application/json", Form = "multipart/form-data";

    /// <summary>A query parameter.</summary>
    /// <param name="route">The route.</param>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does and what is allowed.</param>
    /// <param name="type">What it is written as.</param>
    internal static TBuilder TakesQuery<TBuilder>(this TBuilder route, string name, string description, JsonSchemaType type = JsonSchemaType.String)
        where TBuilder : IEndpointConventionBuilder => route.Takes(ParameterLocation.Query, name, description, type);

    /// <summary>A request header.</summary>
    /// <param name="route">The route.</param>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does.</param>
    internal static TBuilder TakesHeader<TBuilder>(this TBuilder route, string name, string description)
        where TBuilder : IEndpointConventionBuilder => route.Takes(ParameterLocation.Header, name, description, JsonSchemaType.String);

    /// <summary>A JSON body that the handler reads by itself.</summary>
    /// <param name="route">The route.</param>
    /// <param name="fields">Type with the body's fields.</param>
    /// <param name="example">A body to start from, as JSON.</param>
    /// <param name="required">Fields that must be there beside those that the type requires.</param>
    internal static TBuilder TakesJson<TBuilder>(this TBuilder route, Type fields, string example, params string[] required)
        where TBuilder : IEndpointConventionBuilder => route.AddOpenApiOperationTransformer(async (operation, context, cancellationToken) =>
        {
            OpenApiSchema schema = await context.GetOrCreateSchemaAsync(fields, null, cancellationToken);
            schema.Required = new HashSet<string>([.. schema.Required ?? new HashSet<string>(), .. required]);
            OpenApiMediaType body = new() { Schema = schema, Example = JsonNode.Parse(example) };
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = new Dictionary<string, OpenApiMediaType> { [Json] = body } };
        });

    /// <summary>The same fields as a form, in which pictures are files.</summary>
    /// <param name="route">The route, which takes JSON already.</param>
    /// <param name="fields">Type with the form's other fields.</param>
    /// <param name="files">Names of the files; the first must be there.</param>
    internal static TBuilder TakesForm<TBuilder>(this TBuilder route, Type fields, params string[] files)
        where TBuilder : IEndpointConventionBuilder => route.AddOpenApiOperationTransformer(async (operation, context, cancellationToken) =>
        {
            OpenApiSchema schema = await context.GetOrCreateSchemaAsync(fields, null, cancellationToken);
            foreach (string file in files)
            {
                schema.Properties![file] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary", Description = "PNG, JPEG or WebP." };
            }

            schema.Required = new HashSet<string>([.. schema.Required ?? new HashSet<string>(), files[0]]);
            operation.RequestBody!.Content![Form] = new OpenApiMediaType { Schema = schema };
        });

    /// <summary>Server-sent events as another form of the answer.</summary>
    /// <param name="route">The route.</param>
    /// <param name="data">Type of the events' data.</param>
    internal static TBuilder StreamsEvents<TBuilder>(this TBuilder route, Type data)
        where TBuilder : IEndpointConventionBuilder => route.AddOpenApiOperationTransformer(async (operation, context, cancellationToken) =>
            operation.Responses!["200"].Content!["text/event-stream"] = new OpenApiMediaType { Schema = await context.GetOrCreateSchemaAsync(data, null, cancellationToken) });

    private static TBuilder Takes<TBuilder>(this TBuilder route, ParameterLocation place, string name, string description, JsonSchemaType type)
        where TBuilder : IEndpointConventionBuilder => route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter { Name = name, In = place, Description = description, Schema = new OpenApiSchema { Type = type } });
            return Task.CompletedTask;
        });
}

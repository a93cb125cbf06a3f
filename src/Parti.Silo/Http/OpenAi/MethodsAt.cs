using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace Parti.Silo.Http.OpenAi;

/// <summary>
/// Which methods some route takes at an address below <c>/v1</c>. The fallback there takes all methods, so that routing itself finds none
/// missing. The routes' templates are read once, when the first unknown address comes.
/// </summary>
/// <param name="routes">The routes mapped.</param>
internal sealed class MethodsAt(IEndpointRouteBuilder routes)
{
    private readonly Lazy<(TemplateMatcher Path, IReadOnlyList<string> Methods)[]> _routes = new(() => [.. Read(routes)]);

    /// <summary>The methods, each once; none where there is no route.</summary>
    internal string[] Find(PathString path) =>
        [.. _routes.Value.Where(route => route.Path.TryMatch(path, new())).SelectMany(route => route.Methods).Distinct()];

    private static IEnumerable<(TemplateMatcher Path, IReadOnlyList<string> Methods)> Read(IEndpointRouteBuilder routes) => routes.DataSources
        .SelectMany(source => source.Endpoints)
        .OfType<RouteEndpoint>()
        .Where(route => route.RoutePattern.RawText is { } pattern
            && pattern.TrimStart('/').StartsWith(OpenAiError.Path.TrimStart('/'), StringComparison.Ordinal) && !pattern.Contains("{**", StringComparison.Ordinal))
        .Select(route => (new TemplateMatcher(TemplateParser.Parse(route.RoutePattern.RawText!), new()),
            route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []));
}

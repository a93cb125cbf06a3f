using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parti.Silo.Http.OpenAi;

/// <summary>Puts the OpenAI-compatible interface into a host.</summary>
internal static class OpenAiExtensions
{
    /// <summary>Adds what the routes need.</summary>
    internal static IServiceCollection AddPartiOpenAi(this IServiceCollection services) => services
        .AddExceptionHandler<UnforeseenFailures>()
        .AddSingleton<RetryLedger>()
        .AddSingleton<ResultLinks>()
        .AddSingleton<Uploads>()
        .AddSingleton<ImageAnswers>()
        .AddSingleton<ImageStreams>()
        .AddSingleton<ImageJobs>()
        .AddSingleton<OpenAiImageRoutes>()
        .AddSingleton<ModelRoutes>();

    /// <summary>Maps everything below <c>/v1</c>; what is not there is answered as OpenAI does.</summary>
    internal static void MapPartiOpenAi(this WebApplication app)
    {
        RouteGroupBuilder v1 = app.MapGroup(OpenAiError.Path);
        v1.AddEndpointFilter<RouteGroupBuilder, OpenAiFailures>();
        app.Services.GetRequiredService<OpenAiImageRoutes>().Map(v1);
        app.Services.GetRequiredService<ModelRoutes>().Map(v1);
        app.Services.GetRequiredService<ResultLinks>().Map(v1);
        app.MapFallback(OpenAiError.Path + "/{**path}", (Delegate)UnknownUrl).ExcludeFromDescription();
    }

    private static OpenAiError UnknownUrl(HttpContext context) => new(
        StatusCodes.Status404NotFound, "unknown_url", $"There is no {context.Request.Method} {RequestFields.Shorten(context.Request.Path)}; GET /v1/models and POST /v1/images/generations are a beginning.");
}

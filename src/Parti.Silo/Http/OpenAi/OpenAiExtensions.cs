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
        MethodsAt methods = new(app);
        app.MapFallback(OpenAiError.Path + "/{**path}", (HttpContext context) => Unknown(context, methods)).ExcludeFromDescription();
    }

    private static OpenAiError Unknown(HttpContext context, MethodsAt known)
    {
        string asked = $"{context.Request.Method} {RequestFields.Shorten(context.Request.Path)}";
        string[] methods = known.Find(context.Request.Path);
        if (methods.Length == 0)
        {
            return new(StatusCodes.Status404NotFound, "unknown_url", $"There is no {asked}; GET /v1/models and POST /v1/images/generations are a beginning.");
        }

        context.Response.Headers.Allow = string.Join(", ", methods);
        return new(StatusCodes.Status405MethodNotAllowed, "method_not_allowed", $"There is no {asked}; this address takes {string.Join(" and ", methods)}.");
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parti.Grains.Workers;
using Parti.Inference;

namespace Parti.Silo.Http.OpenAi;

/// <summary><c>/v1/models</c>: what can be asked for.</summary>
/// <param name="models">The models that jobs may name.</param>
internal sealed class ModelRoutes(IModelRegistry models)
{
    /// <summary>Maps the routes.</summary>
    /// <param name="v1">The group <c>/v1</c>.</param>
    internal void Map(RouteGroupBuilder v1)
    {
        v1.MapGet("/models", (Delegate)ListAsync).WithTags("OpenAI").Produces<ModelsBody>().WithSummary("The models that are served, the default one first.");
        v1.MapGet("/models/{id}", GetAsync).WithTags("OpenAI").Produces<ModelBody>().Produces<ErrorBody>(404).WithSummary("One model.");
    }

    /// <summary>The model of a name.</summary>
    /// <exception cref="OpenAiException">There is none.</exception>
    internal static ModelDescription Find(IReadOnlyList<ModelDescription> models, string name) =>
        models.FirstOrDefault(model => model.Name == name) ?? throw new OpenAiException(new OpenAiError(
            StatusCodes.Status404NotFound,
            "model_not_found",
            $"The model \"{RequestFields.Shorten(name)}\" does not exist; served are {string.Join(", ", models.Select(model => model.Name))}.",
            "model"));

    private async Task<IResult> ListAsync(HttpContext context)
    {
        IReadOnlyList<ModelDescription> served = await models.GetModelsAsync(context.RequestAborted);
        return Results.Json(new ModelsBody("list", [.. served.Select(Body)]), OpenAiJson.Default.ModelsBody);
    }

    private async Task<IResult> GetAsync(HttpContext context, string id) =>
        Results.Json(Body(Find(await models.GetModelsAsync(context.RequestAborted), id)), OpenAiJson.Default.ModelBody);

    // A model directory does not say when it was made.
    private static ModelBody Body(ModelDescription model) => new(model.Name, "model", 0, "parti");
}

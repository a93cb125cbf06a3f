using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Parti.Abstractions;
using Parti.Grains.Workers;
using Parti.Silo.Http.Reference;

namespace Parti.Silo.Http.OpenAi;

/// <summary><c>/v1/images</c>: pictures from text, from a picture and a mask, from a picture alone.</summary>
/// <param name="jobs">Makes the pictures.</param>
/// <param name="uploads">Reads pictures.</param>
/// <param name="models">The models that jobs may name.</param>
/// <param name="options">Limits.</param>
internal sealed class OpenAiImageRoutes(ImageJobs jobs, Uploads uploads, IModelRegistry models, IOptions<PartiHttpOptions> options)
{
    private const string Edit = "image_edit";
    private const string Prompt = "prompt";
    private const double UsualStrength = 0.5;
    private const string Example = """{"prompt":"a blue square","images":[{"image_url":"data:image/png;base64,…"}],"strength":0.5}""";

    /// <summary>Maps the routes.</summary>
    /// <param name="v1">The group <c>/v1</c>.</param>
    internal void Map(RouteGroupBuilder v1)
    {
        RouteGroupBuilder images = v1.MapGroup("/images").WithTags("OpenAI").DisableAntiforgery();
        Describe(images.MapPost("/generations", (Delegate)GenerateAsync), "Pictures from text; JSON, answered as JSON or as a stream.")
            .TakesJson(typeof(ImageFields), """{"prompt":"a red circle to the left of a blue square","size":"256x256","seed":7}""", Prompt);
        Describe(images.MapPost("/edits", (Delegate)EditAsync), "A picture drawn again under a mask; a form or JSON.")
            .TakesJson(typeof(EditFields), Example, Prompt).TakesForm(typeof(PictureFields), "image", "mask");
        Describe(images.MapPost("/variations", (Delegate)VaryAsync), "Pictures like a picture; a form or JSON.")
            .TakesJson(typeof(VariationFields), Example).TakesForm(typeof(PictureFields), "image");
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string summary)
    {
        foreach (int refusal in (int[])[400, 401, 403, 404, 409, 413, 415, 429, 500, 503])
        {
            route.Produces<ErrorBody>(refusal);
        }

        return route.Produces<ImagesBody>().StreamsEvents(typeof(ImageEventBody)).WithSummary(summary)
            .TakesHeader("Idempotency-Key", "The same key and body give the same pictures, made once; another body is a conflict.");
    }

    private async Task<IResult> GenerateAsync(HttpContext context)
    {
        if (!RequestBodies.IsJson(context.Request))
        {
            throw RequestBodies.OtherKind("application/json");
        }

        byte[] body = await RequestBodies.ReadAsync(context.Request, options.Value.MaxJobBodyBytes);
        JsonFields fields = JsonFields.Parse(body);
        ImageCall call = ImageCallReader.Read(
            fields, await models.GetModelsAsync(context.RequestAborted), "image_generation", needsPrompt: true, RequestBodies.Fingerprint(body));
        return await jobs.RunAsync(context, call);
    }

    private Task<IResult> EditAsync(HttpContext context) => FromPictureAsync(context, isEdit: true);

    private Task<IResult> VaryAsync(HttpContext context) => FromPictureAsync(context, isEdit: false);

    private async Task<IResult> FromPictureAsync(HttpContext context, bool isEdit)
    {
        EditBody body = await EditBody.ReadAsync(context.Request, uploads.Limits.MaxBytes);
        ImageCall call = ImageCallReader.Read(body.Fields, await models.GetModelsAsync(context.RequestAborted), Edit, isEdit, body.Fingerprint);
        double strength = body.Fields.Number("strength") ?? UsualStrength;
        if (!(strength > 0 && strength <= 1))
        {
            throw new OpenAiException("strength", "strength is out of range, allowed is above 0 to 1; 1 draws the whole picture again.");
        }

        (byte[] file, bool masked) = await uploads.MakeSourceAsync(body.Image, isEdit ? body.Mask : null, call.Edge, context.RequestAborted);
        if (body.Mask is not null && isEdit && !masked)
        {
            throw new OpenAiException("mask", "mask has no transparent pixel, so that nothing would be drawn; make it transparent where the picture is to change.");
        }

        // The hash is put in when the file has its place.
        SourcePicture source = new() { Sha256 = string.Empty, Masked = isEdit && masked, Strength = strength };
        return await jobs.RunAsync(context, call with { SourceFile = file, Request = call.Request with { Source = source } });
    }
}

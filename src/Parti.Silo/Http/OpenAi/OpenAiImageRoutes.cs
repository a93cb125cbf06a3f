using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Parti.Abstractions;
using Parti.Grains.Workers;

namespace Parti.Silo.Http.OpenAi;

/// <summary><c>/v1/images</c>: pictures from text, from a picture and a mask, from a picture alone.</summary>
/// <param name="jobs">Makes the pictures.</param>
/// <param name="uploads">Reads pictures.</param>
/// <param name="models">The models that jobs may name.</param>
/// <param name="options">Limits.</param>
internal sealed class OpenAiImageRoutes(ImageJobs jobs, Uploads uploads, IModelRegistry models, IOptions<PartiHttpOptions> options)
{
    private const string Edit = "image_edit";
    private const double UsualStrength = 0.5;

    /// <summary>Maps the routes.</summary>
    /// <param name="v1">The group <c>/v1</c>.</param>
    internal void Map(RouteGroupBuilder v1)
    {
        RouteGroupBuilder images = v1.MapGroup("/images").WithTags("OpenAI").DisableAntiforgery();
        images.MapPost("/generations", (Delegate)GenerateAsync).WithSummary("Pictures from text; JSON, answered as JSON or as a stream.");
        images.MapPost("/edits", (Delegate)EditAsync).WithSummary("A picture drawn again under a mask; a form or JSON.");
        images.MapPost("/variations", (Delegate)VaryAsync).WithSummary("Pictures like a picture; a form or JSON.");
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

using System.Globalization;
using Microsoft.AspNetCore.Http;
using Parti.Abstractions;
using Parti.Grains.Jobs;
using Parti.Inference;

namespace Parti.Silo.Http.OpenAi;

/// <summary>Reads what generations, edits and variations have in common.</summary>
internal static class ImageCallReader
{
    private const string Auto = "auto";
    private const int MostImages = 64;

    /// <summary>Reads the fields.</summary>
    /// <param name="fields">The body.</param>
    /// <param name="models">Served models, default first.</param>
    /// <param name="eventPrefix">First word of the stream's events.</param>
    /// <param name="needsPrompt">Whether a prompt must be given.</param>
    /// <param name="fingerprint">SHA-256 of the body.</param>
    /// <exception cref="OpenAiException">A field cannot be used as given.</exception>
    internal static ImageCall Read(RequestFields fields, IReadOnlyList<ModelDescription> models, string eventPrefix, bool needsPrompt, string fingerprint)
    {
        ModelDescription model = Model(fields, models);
        int edge = Edge(fields, model);
        bool stream = fields.Flag("stream") ?? false;
        int partials = (int)(fields.Whole("partial_images", 0, 3) ?? 0);
        bool links = fields.Word("response_format", "b64_json", "url") == "url";
        if (links && stream)
        {
            throw new OpenAiException("response_format", "response_format is url, which a stream does not have; leave it out or set stream to false.");
        }

        if (partials > 0 && !stream)
        {
            throw new OpenAiException("partial_images", "partial_images is above 0, which needs stream set to true.");
        }

        CheckFixed(fields);
        return new()
        {
            EventPrefix = eventPrefix,
            Request = Request(fields, model, edge, Prompt(fields, needsPrompt)) with { PartialImages = partials },
            Model = model,
            Edge = edge,
            Links = links,
            Stream = stream,
            PartialImages = partials,
            Quality = fields.Word("quality", Auto, "low", "medium", "high", "standard", "hd") ?? Auto,
            Fingerprint = fingerprint,
        };
    }

    private static GenerationRequest Request(RequestFields fields, ModelDescription model, int edge, string prompt)
    {
        // Without a prompt there is nothing to be guided towards.
        double? guidance = prompt.Length == 0 ? 1 : fields.Number("guidance_scale");
        GenerationRequest request = new()
        {
            Prompt = prompt,
            Model = model.Name,
            N = (int)(fields.Whole("n", 1, MostImages) ?? 1),
            BestOf = BestOf(fields),
            Seed = (ulong?)fields.Whole("seed", 0, ulong.MaxValue),
            GuidanceScale = guidance,
            Temperature = fields.Number("temperature"),
            TopK = (int?)fields.Whole("top_k", 0, int.MaxValue),
            TopP = fields.Number("top_p"),
            NegativePrompt = fields.Text("negative_prompt"),
            Size = edge.ToString(CultureInfo.InvariantCulture),
            OutputFormat = Format(fields),
            Priority = Priority(fields),
        };
        return request with { OutputCompression = Compression(fields, request.OutputFormat) };
    }

    private static int? BestOf(RequestFields fields)
    {
        (int candidates, int images) = ((int)(fields.Whole("best_of", 1, MostImages) ?? 1), (int)(fields.Whole("n", 1, MostImages) ?? 1));
        return candidates > 1 && candidates < images
            ? throw new OpenAiException("best_of", $"best_of is {candidates}, which is below n, {images}; it counts all candidates, of which the best n are kept: give n or more, or leave it out.")
            : candidates == 1 ? null : candidates;
    }

    private static string Prompt(RequestFields fields, bool needed)
    {
        string? prompt = fields.Text("prompt");
        if (!string.IsNullOrWhiteSpace(prompt))
        {
            return prompt;
        }

        return needed
            ? throw new OpenAiException("prompt", "prompt is missing; say what to draw, for example \"a red circle\".", "missing_required_parameter")
            : string.Empty;
    }

    private static ModelDescription Model(RequestFields fields, IReadOnlyList<ModelDescription> models)
    {
        if (models.Count == 0)
        {
            throw new OpenAiException(new OpenAiError(StatusCodes.Status503ServiceUnavailable, "no_model", "No model is served yet; try again when a worker has started."));
        }

        string? name = fields.Text("model");
        return name is null ? models[0] : ModelRoutes.Find(models, name);
    }

    private static int Edge(RequestFields fields, ModelDescription model)
    {
        if (fields.Text("size") is not { } size || size == Auto)
        {
            return ParameterResolver.SizeOf(null, model);
        }

        foreach (int edge in model.Sizes.Where(edge => size == $"{edge}x{edge}"))
        {
            return edge;
        }

        string sizes = string.Join(", ", model.Sizes.Select(edge => $"{edge}x{edge}"));
        throw new OpenAiException("size", $"size is \"{RequestFields.Shorten(size)}\", model {model.Name} delivers {sizes}; choose one of them or {Auto}.");
    }

    private static OutputFormat Format(RequestFields fields) => fields.Word("output_format", "png", "jpeg", "webp") switch
    {
        "jpeg" => OutputFormat.Jpeg,
        "webp" => OutputFormat.Webp,
        _ => OutputFormat.Png,
    };

    private static int? Compression(RequestFields fields, OutputFormat format)
    {
        int? quality = (int?)fields.Whole("output_compression", 0, 100);
        return quality is null or 100 || format != OutputFormat.Png
            ? quality
            : throw new OpenAiException("output_compression", $"output_compression is {quality}, which needs output_format jpeg or webp; png is lossless.");
    }

    private static JobPriority Priority(RequestFields fields) => fields.Word("priority", "low", "normal", "high") switch
    {
        "low" => JobPriority.Low,
        "high" => JobPriority.High,
        _ => JobPriority.Normal,
    };

    /// <summary>Fields that other models use: read, so that a wrong value is told, and otherwise without effect here.</summary>
    private static void CheckFixed(RequestFields fields)
    {
        if (fields.Word("background", Auto, "opaque", "transparent") == "transparent")
        {
            throw new OpenAiException("background", "background is \"transparent\", allowed is opaque or auto; pictures have no transparency.");
        }

        _ = fields.Word("style", "vivid", "natural");
        _ = fields.Word("moderation", Auto, "low");
        _ = fields.Word("input_fidelity", "low", "high");
        _ = fields.Text("user");
    }
}

using Parti.Models.Checkpoints;

namespace Parti.Models.Families;

/// <summary>Gives a model another upsampler: what it makes beyond its native size comes from it from then on.</summary>
public static class UpsamplerAttachment
{
    private const int HashLetters = 12;

    /// <summary>Copies an upsampler into a model directory and names it in <c>model.json</c>; the one before stays on the disk, no longer used.</summary>
    /// <param name="model">The model.</param>
    /// <param name="part">A part of kind <c>upsampler</c>.</param>
    /// <param name="cancellationToken">Stops before anything is changed.</param>
    /// <returns>The model as it is now.</returns>
    /// <exception cref="CheckpointException">The part is no upsampler or damaged, or the picture would become larger than 4,096 pixels.</exception>
    /// <exception cref="IOException">A file cannot be written; the model stays as it was.</exception>
    public static ModelDirectory Attach(ModelDirectory model, ComponentDirectory part, CancellationToken cancellationToken = default)
    {
        const int SizeLimit = 4096;
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(part);
        UpsamplerArchitecture upsampler = part.Manifest.Upsampler
            ?? throw new CheckpointException($"{part.DirectoryPath} holds a part of kind {part.Manifest.Component}; only an upsampler can be attached.");
        int size = model.Manifest.Architecture.ImageTokenizer.ImageSize * upsampler.Factor;
        if (size > SizeLimit)
        {
            throw new CheckpointException($"{model.DirectoryPath} would make pictures of {size} pixels, allowed are {SizeLimit}.");
        }

        if (part.Verify(cancellationToken).FirstOrDefault(check => !check.Ok) is { } bad)
        {
            throw new CheckpointException($"{part.DirectoryPath}: {bad.Message}");
        }

        // A name of its own, so that whoever reads the model meanwhile finds the old files as they were.
        string file = $"upsampler-{part.Manifest.Files[part.Manifest.Weights].Sha256[..HashLetters]}.safetensors";
        using (FileStream weights = File.OpenRead(part.PathOf(part.Manifest.Weights)))
        {
            AtomicFile.Write(Path.Combine(model.DirectoryPath, file), weights.CopyTo);
        }

        ModelDirectory.Store(model.DirectoryPath, Changed(model.Manifest, part.Manifest, upsampler, file));
        return ModelDirectory.Open(model.DirectoryPath);
    }

    private static ModelManifest Changed(ModelManifest model, ComponentManifest part, UpsamplerArchitecture upsampler, string file)
    {
        SortedDictionary<string, ModelFile> files = new(model.Files.ToDictionary(), StringComparer.Ordinal) { [file] = part.Files[part.Weights] };
        if (model.Weights.Upsampler is { } before && before != file)
        {
            files.Remove(before);
        }

        string license = $"upsampler {part.Name}: {part.License.Weights}";
        return model with
        {
            Architecture = model.Architecture with { Upsampler = upsampler },
            Weights = model.Weights with { Upsampler = file },
            Files = files,
            License = model.License.Weights.Contains(license, StringComparison.Ordinal) ? model.License : model.License with { Weights = $"{model.License.Weights}; {license}" },
        };
    }
}

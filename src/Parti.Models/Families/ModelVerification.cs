using Parti.Models.Checkpoints;
using Parti.Models.ImageTokenizer;
using Parti.Models.SuperResolution;
using Parti.Models.Transformer;
using TorchSharp;

namespace Parti.Models.Families;

/// <summary>
/// Holds a model directory against its manifest: sizes and hashes of the files, names and shapes of the tensors against the networks that
/// would load them, and no value that is not finite.
/// </summary>
public static class ModelVerification
{
    private const int ShownTensors = 5;

    /// <summary>Verifies a model or a part of one. The tensor library must have been started.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <returns>One result per file as it is done; of a weight file whose hash fits a second one about its tensors.</returns>
    /// <exception cref="CheckpointException">There is no valid <c>model.json</c>.</exception>
    public static IEnumerable<ModelFileCheck> Run(string directory, CancellationToken cancellationToken = default)
    {
        if (ComponentDirectory.Holds(directory))
        {
            ComponentDirectory part = ComponentDirectory.Open(directory);
            return part.Verify(cancellationToken).Concat(Deferred(() => Tensors(
                part.Manifest.Weights, () => SafeTensorsReader.Open(part.PathOf(part.Manifest.Weights)), Expected(part.Manifest), cancellationToken)));
        }

        ModelDirectory model = ModelDirectory.Open(directory);
        return model.Verify(cancellationToken).Concat(WeightFilesOf(model.Manifest).Select(file =>
            Tensors(file, () => model.OpenWeights(file), Expected(model.Manifest, file), cancellationToken)));
    }

    private static IEnumerable<ModelFileCheck> Deferred(Func<ModelFileCheck> check)
    {
        yield return check();
    }

    private static IEnumerable<string> WeightFilesOf(ModelManifest model) => new[]
    {
        model.Weights.Transformer, model.Weights.TextEncoder, model.Weights.ImageTokenizer, model.Weights.Upsampler,
    }.OfType<string>();

    private static ModelFileCheck Tensors(
        string file, Func<SafeTensorsReader> open, IReadOnlyDictionary<string, IReadOnlyList<long>>? expected, CancellationToken cancellationToken)
    {
        try
        {
            using SafeTensorsReader reader = open();
            List<string> faults = [.. Differences(reader, expected), .. NonFinite(reader, cancellationToken)];
            string more = faults.Count > ShownTensors ? $"; and {faults.Count - ShownTensors} more" : "";
            return faults.Count == 0
                ? new(file, true, expected is null ? $"{reader.Names.Count} tensors, all finite" : $"{reader.Names.Count} tensors, as the networks need them, all finite")
                : new(file, false, $"{file}: {string.Join("; ", faults.Take(ShownTensors))}{more}.");
        }
        catch (CheckpointException error)
        {
            return new(file, false, error.Message);
        }
    }

    private static IEnumerable<string> Differences(SafeTensorsReader reader, IReadOnlyDictionary<string, IReadOnlyList<long>>? expected)
    {
        foreach ((string name, IReadOnlyList<long> shape) in expected ?? new Dictionary<string, IReadOnlyList<long>>())
        {
            if (!reader.Contains(name))
            {
                yield return $"tensor \"{name}\" of shape {TensorInfo.Describe(shape)} is missing";
            }
            else if (!reader.Info(name).Shape.SequenceEqual(shape))
            {
                yield return $"tensor \"{name}\" has shape {reader.Info(name).ShapeText}, the network needs {TensorInfo.Describe(shape)}";
            }
        }

        foreach (string name in reader.Names.Where(name => expected is not null && !expected.ContainsKey(name)))
        {
            yield return $"tensor \"{name}\" is not one of the network's";
        }
    }

    private static IEnumerable<string> NonFinite(SafeTensorsReader reader, CancellationToken cancellationToken)
    {
        foreach (IGrouping<string, TensorInfo> tensors in reader.Names.Select(reader.Info).GroupBy(info => info.File))
        {
            using FileBytes file = new(tensors.Key);
            foreach (TensorInfo tensor in tensors)
            {
                long count = NonFiniteScan.Count(file, tensor, cancellationToken);
                if (count > 0)
                {
                    yield return $"tensor \"{tensor.Name}\" has {count} values that are not finite";
                }
            }
        }
    }

    private static Dictionary<string, IReadOnlyList<long>>? Expected(ComponentManifest part)
    {
        if (part.ImageTokenizer is { } images)
        {
            return ShapesOf((torch.nn.Module)ImageTokenizers.Create(images, torch.META));
        }

        return part.Upsampler is { } upsampler ? ShapesOf(Upsamplers.Create(upsampler, torch.META)) : null;
    }

    private static IReadOnlyDictionary<string, IReadOnlyList<long>>? Expected(ModelManifest model, string file)
    {
        if (file == model.Weights.ImageTokenizer)
        {
            return ShapesOf((torch.nn.Module)ImageTokenizers.Create(model.Architecture.ImageTokenizer, torch.META));
        }

        if (file == model.Weights.Upsampler && model.Architecture.Upsampler is { } upsampler)
        {
            return ShapesOf(Upsamplers.Create(upsampler, torch.META));
        }

        return model.Family == ModelFamilies.Parti
            ? ShapesOf(new PartiTransformer(model.Architecture.Transformer, device: torch.META))
            : ModelFamilies.Get(model.Family).ExpectedTensors(model, file);
    }

    private static Dictionary<string, IReadOnlyList<long>> ShapesOf(torch.nn.Module network)
    {
        using (network)
        {
            return network.state_dict().ToDictionary(entry => entry.Key, entry => (IReadOnlyList<long>)[.. entry.Value.shape], StringComparer.Ordinal);
        }
    }
}

using System.Globalization;
using System.Text.Json;
using Parti.Models.Checkpoints;

namespace Parti.Models.Families.Importing;

/// <summary>Sizes that shapes and settings of a source show.</summary>
static class SourceSizes
{
    /// <summary>A size of a tensor.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="name">Published name of the tensor.</param>
    /// <param name="dimension">Which, from 0.</param>
    /// <exception cref="CheckpointException">There is no such tensor, or it has fewer dimensions.</exception>
    internal static int Size(this SourceCheckpoint checkpoint, string name, int dimension) =>
        checkpoint.Tensors.TryGetValue(name, out SourceTensor? tensor) && tensor.Shape.Count > dimension && tensor.Shape[dimension] is > 0 and <= int.MaxValue
            ? (int)tensor.Shape[dimension]
            : throw new CheckpointException($"{checkpoint.Name}: tensor \"{name}\" is missing, or is no weight.");

    /// <summary>How many layers there are: numbers from 0 on for which a tensor exists.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="name">Name of a tensor of a layer.</param>
    internal static int Layers(this SourceCheckpoint checkpoint, Func<int, string> name)
    {
        int layers = 0;
        while (checkpoint.Tensors.ContainsKey(name(layers)))
        {
            layers++;
        }
        return layers;
    }

    /// <summary>A number of a configuration.</summary>
    /// <param name="json">An object, or undefined.</param>
    /// <param name="key">Its key.</param>
    /// <param name="otherwise">What holds where there is none.</param>
    internal static double Number(this JsonElement json, string key, double otherwise) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : otherwise;

    /// <inheritdoc cref="Number"/>
    /// <exception cref="CheckpointException">The number is none from 1 to 2,147,483,647.</exception>
    internal static int Whole(this JsonElement json, string key, int otherwise)
    {
        double number = json.Number(key, otherwise);
        return number is >= 1 and <= int.MaxValue && number == Math.Floor(number)
            ? (int)number
            : throw new CheckpointException($"{key} is {number.ToString(CultureInfo.InvariantCulture)} in the source's configuration; it must be a whole number of at least 1.");
    }
}

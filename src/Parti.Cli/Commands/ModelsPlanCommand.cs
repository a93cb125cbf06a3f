using System.CommandLine;
using System.Globalization;
using Parti.Inference.Planning;
using Parti.Models.Checkpoints;
using Parti.Models.Transformer;
using Parti.Native;

namespace Parti.Cli.Commands;

/// <summary><c>parti models plan</c>: what a model of some size needs, and how fast memory alone lets it be.</summary>
internal sealed class ModelsPlanCommand
{
    private static readonly Dictionary<string, ModelArchitecture> Presets = new(StringComparer.OrdinalIgnoreCase)
    {
        ["demo"] = new() { Transformer = PartiPresets.Demo, ImageTokenizer = PartiPresets.DemoImageTokenizer, Upsampler = PartiPresets.DemoUpsampler },
        ["350M"] = Paper(PartiPresets.P350M),
        ["750M"] = Paper(PartiPresets.P750M),
        ["3B"] = Paper(PartiPresets.P3B),
        ["20B"] = Paper(PartiPresets.P20B),
    };

    private readonly Option<string?> _preset = CommonOptions.Choice("--preset", "Size of the model.", [.. Presets.Keys]);
    private readonly Option<string?> _device = CommonOptions.Choice("--device", "Kind of device.", [.. KnownDevices.All.Select(device => device.Name)]);
    private readonly Option<string?> _memory = new("--memory") { Description = "Memory of a device in place of its kind.", HelpName = "24GiB" };
    private readonly Option<string?> _bandwidth = new("--bandwidth") { Description = "Bytes a second that the device reads, with --memory.", HelpName = "900GB" };
    private readonly Option<string?> _dtype = CommonOptions.Choice("--dtype", "Type of weights and cache; int8 is for the decoder's matrices alone, the rest is f32. Default: bf16.", "f32", "bf16", "f16", "int8");
    private readonly Option<int?> _shards = CommonOptions.Number("--shards", "Devices that share the decoder by layers. Default: 1.", 1, 256);

    private ModelsPlanCommand()
    {
    }

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        ModelsPlanCommand self = new();
        Command command = new("plan", "Memory of a model on a device, slots that fit, and the speed that memory alone allows.\n\nExample:\n  parti models plan --preset 3B --device h100")
        {
            self._preset, self._device, self._memory, self._bandwidth, self._dtype, self._shards,
        };
        command.SetAction(parsed => self.Plan(context, parsed));
        return command;
    }

    private int Plan(CliContext context, ParseResult parsed)
    {
        string preset = parsed.GetValue(_preset) ?? throw new UsageException($"--preset is missing, allowed is one of {string.Join(", ", Presets.Keys)}.");
        (double memory, double? bandwidth) = Device(parsed);
        ModelArchitecture architecture = Presets[preset];
        int shards = parsed.GetValue(_shards) ?? 1;
        if (shards > architecture.Transformer.DecoderLayers)
        {
            throw new UsageException($"--shards is {shards}, allowed is 1 to {architecture.Transformer.DecoderLayers}, the decoder layers of {preset}.");
        }

        TorchRuntime.Start();
        string type = parsed.GetValue(_dtype) ?? "bf16";
        MemoryPlan plan = new(ModelWeights.Of(architecture), architecture.Transformer, type is "f32" or "int8" ? 4 : 2, shards, type == "int8" ? WeightFormat.Int8 : WeightFormat.Float32);
        foreach (string line in Lines(plan, preset, type, memory, bandwidth))
        {
            context.Output.WriteLine(line);
        }

        return plan.Slots((long)memory) > 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static IEnumerable<string> Lines(MemoryPlan plan, string preset, string type, double memory, double? bandwidth)
    {
        long slots = plan.Slots((long)memory);
        yield return $"{preset} in {type} on {plan.Shards} x {ByteSize.Text(memory)}, all stages on the device";
        yield return $"weights             {ByteSize.Text(plan.AllWeightBytes)}{(plan.Shards > 1 ? $", {ByteSize.Text(plan.WeightBytes)} on the fullest of {plan.Shards} shards" : "")}";
        yield return $"cache of a slot     {ByteSize.Text(plan.SlotBytes)} (two rows, all tokens{(plan.Shards > 1 ? ", on each shard" : "")})";
        yield return slots > 0
            ? $"slots that fit      {slots} (a tenth of the memory is left for everything else)"
            : $"slots that fit      0: the model does not fit; take more shards, half precision or a larger device";
        if (slots > 0 && bandwidth is { } speed)
        {
            yield return $"bytes of a step     {ByteSize.Text(plan.StepBytes(1))} for one picture, {ByteSize.Text(plan.StepBytes(slots))} for {slots}";
            yield return Floor(plan, 1, speed);
            yield return Floor(plan, slots, speed);
        }
    }

    private static string Floor(MemoryPlan plan, long slots, double bandwidth) => string.Create(
        CultureInfo.InvariantCulture,
        $"at {ByteSize.Text(bandwidth)}/s, {slots,4} at once: at most {plan.TokensPerSecond(slots, bandwidth):F0} tokens/s, at least {plan.SecondsPerPicture(slots, bandwidth):F2} s a picture");

    private (double Memory, double? Bandwidth) Device(ParseResult parsed)
    {
        string? device = parsed.GetValue(_device), memory = parsed.GetValue(_memory);
        if (device is null == memory is null)
        {
            throw new UsageException("--device or --memory is needed, and not both: name a kind of device, or give its memory, for example --memory 24GiB.");
        }

        if (device is not null)
        {
            KnownDevice known = KnownDevices.All.Single(known => known.Name == device);
            return (known.Memory, Bytes("--bandwidth", parsed.GetValue(_bandwidth)) ?? known.Bandwidth);
        }

        return (Bytes("--memory", memory)!.Value, Bytes("--bandwidth", parsed.GetValue(_bandwidth)));
    }

    private static double? Bytes(string option, string? text)
    {
        if (text is null)
        {
            return null;
        }

        return ByteSize.TryParse(text, out double bytes) && bytes <= 1e18
            ? bytes
            : throw new UsageException($"{option} is \"{text}\", allowed is a number above 0 with a unit, for example 24GiB or 900GB.");
    }

    private static ModelArchitecture Paper(TransformerArchitecture transformer) =>
        new() { Transformer = transformer, ImageTokenizer = PartiPresets.SmallLargeImageTokenizer, Upsampler = PartiPresets.Upsampler1024 };
}

using System.CommandLine;
using System.Globalization;
using Parti.Training.Evaluation;

namespace Parti.Cli.Commands;

/// <summary><c>parti eval weights</c>: what eight-bit weights change.</summary>
internal sealed class EvalWeightsCommand
{
    private const int DefaultPrompts = 200;

    private readonly EvalTarget _target = new();
    private readonly Option<int?> _prompts = CommonOptions.Number("--prompts", $"Prompts. Default: {DefaultPrompts}.", 1, EvalCommand.MostPictures);
    private readonly Option<double[]> _guidance = CommonOptions.Numbers<double>("--guidance", "Guidance scale, or several. Default: the model's.", 0, 50);
    private readonly Option<double[]> _temperature = CommonOptions.Numbers<double>("--temperature", "Temperature, or several, above 0. Default: the model's.", 0.01, 10);
    private readonly Option<ulong?> _seed = EvalCommand.Seed();

    private EvalWeightsCommand()
    {
    }

    /// <summary>The command.</summary>
    internal static Command Create(CliContext context)
    {
        EvalWeightsCommand self = new();
        Command command = new(
            "weights",
            "Int8 decoder weights against float32 ones: both tell every next token of the same sampled pictures. "
            + "Compare whole pictures with eval compositional --int8.")
        {
            self._target.Model, self._target.Run, self._prompts, self._guidance, self._temperature, self._seed,
        };
        command.SetAction((parsed, token) => Task.Run(() => self.Compare(context, parsed, token), CancellationToken.None));
        return command;
    }

    private int Compare(CliContext context, ParseResult parsed, CancellationToken cancellationToken)
    {
        using EvaluatedModel model = _target.Load(parsed), quantised = _target.Load(parsed);
        quantised.QuantiseDecoder();
        int prompts = parsed.GetValue(_prompts) ?? DefaultPrompts;
        context.Output.WriteLine($"{model.Name}: int8 decoder weights against float32, {prompts} prompts");
        foreach (SamplingSetting setting in SamplingSetting.Grid(parsed.GetValue(_guidance) ?? [], parsed.GetValue(_temperature) ?? [], model.Sampling))
        {
            WeightAgreementResult result = WeightAgreement.Measure(
                model, quantised, setting, prompts, parsed.GetValue(_seed) ?? EvalCommand.DefaultSeed, new EvalProgress(context.Error).Show, cancellationToken);
            context.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{setting}: same likeliest token {result.Likeliest}, same token drawn {result.Drawn}; logits (deviation {result.Deviation:F2}) differ by {result.MeanDifference:F3} on average, {result.LargestDifference:F2} at most"));
        }

        return ExitCodes.Done;
    }
}
